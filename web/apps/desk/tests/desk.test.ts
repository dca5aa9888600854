import { describe, expect, it, vi } from "vitest";
import { find, register, available, type Command } from "../src/commands/registry.ts";
import { readKeys, shownKeys } from "../src/commands/keys.ts";
import { pieces } from "../src/admin/pieces.ts";
import { fillSample } from "../src/admin/sample.ts";
import { flatten, pathOf, withoutBelow } from "../src/admin/tree.ts";
import type { Board, Presence, Row } from "../src/api/types.ts";
import { withPresence, withRow } from "../src/board/watching.ts";
import { setLanguage } from "../src/i18n/index.ts";
import { agoInWords, ticking } from "../src/i18n/time.ts";
import { DEFAULT, isWorthTelling, readNotifications } from "../src/notify/rules.ts";
import { allows } from "../src/stores/allows.ts";

describe("permissions", () => {
  it("of a wider reach hold the narrower ones", () => {
    expect(allows(new Set(["session.read.all"]), "session.read.mine")).toBe(true);
    expect(allows(new Set(["session.read.mine"]), "session.read.all")).toBe(false);
    expect(allows(new Set(["canned.edit.shared"]), "canned.edit.own")).toBe(true);
    expect(allows(new Set(["session.read.all"]), "audit.read")).toBe(false);
    expect(allows(new Set(), "search")).toBe(false);
  });
});

describe("notifications", () => {
  it("survive whatever is stored", () => {
    expect(readNotifications(undefined)).toEqual(DEFAULT);
    expect(readNotifications({ volume: 7, rules: { message: { sound: "siren", desktop: "yes" }, other: 1 } })).toEqual(DEFAULT);
    const stored = { volume: 0, rules: { message: { sound: "none", desktop: false } } };
    expect(readNotifications(stored)).toEqual({ volume: 0, rules: { ...DEFAULT.rules, message: { sound: "none", desktop: false } } });
  });

  it("are not about what one looks at", () => {
    expect(isWorthTelling({ isHidden: false, conversation: "c1" }, "c1")).toBe(false);
    expect(isWorthTelling({ isHidden: true, conversation: "c1" }, "c1")).toBe(true);
    expect(isWorthTelling({ isHidden: false, conversation: "c2" }, "c1")).toBe(true);
    expect(isWorthTelling({ isHidden: false, conversation: null }, null)).toBe(true);
  });
});

describe("commands", () => {
  const command = (id: string, title: string, more: Partial<Command> = {}): Command => ({ id, group: "other", title: () => title, run: () => {}, ...more });

  it("are found by their words, the best first", () => {
    const all = [command("a", "结束会话"), command("b", "前往：会话"), command("c", "会话标签", { words: () => "label tag" }), command("d", "会话", { isHidden: true })];
    expect(find(all, "会话").map((one) => one.id)).toEqual(["c", "a", "b"]);
    expect(find(all, "LABEL 会话").map((one) => one.id)).toEqual(["c"]);
    expect(find(all, "无")).toEqual([]);
    expect(find(all, "  ")).toHaveLength(3);
  });

  it("are there as long as their screen; the later of the same name wins", () => {
    const off = register([command("x", "one")]);
    const offLater = register([command("x", "two"), command("y", "never", { when: () => false })]);
    expect(available.value.map((one) => one.title())).toEqual(["two"]);
    offLater();
    expect(available.value.map((one) => one.title())).toEqual(["one"]);
    off();
    expect(available.value).toEqual([]);
  });

  it("have keys that are read as they are pressed", () => {
    const press = (key: string, more: Partial<KeyboardEvent> = {}): string | undefined => readKeys({ key, code: "", ...more } as KeyboardEvent)?.keys;
    expect(press("k", { ctrlKey: true })).toBe("mod+k");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("K", { shiftKey: true, ctrlKey: true })).toBe("mod+shift+k");
    expect(press("ø", { altKey: true, code: "KeyO" })).toBe("alt+o");
    expect(press("ArrowDown")).toBe("down");
    expect(press("Shift", { shiftKey: true })).toBeUndefined();
    expect(shownKeys("g i")).toEqual([["G"], ["I"]]);
    expect(shownKeys("mod+shift+k")).toEqual([["Ctrl", "Shift", "K"]]);
  });
});

describe("what administrators keep", () => {
  const code = (id: string, parent: string, position: number) => ({ id, name: id.toUpperCase(), parent, position });

  it("is a tree in lines, whatever order it comes in", () => {
    const codes = [code("c", "a", 1), code("b", "", 1), code("d", "a", 0), code("a", "", 0), code("e", "gone", 2)];
    expect(flatten(codes).map(({ one, depth }) => [one.id, depth])).toEqual([["a", 0], ["d", 1], ["c", 1], ["b", 0], ["e", 0]]);
    expect(flatten(codes).map(({ isFirst, isLast }) => [isFirst, isLast])).toEqual([[true, false], [true, false], [false, true], [false, false], [false, true]]);
    expect(withoutBelow(flatten(codes), "a").map(({ one }) => one.id)).toEqual(["b", "e"]);
    expect(pathOf(codes, codes[0]!)).toBe("A / C");
  });

  it("does not loop where codes are below one another", () => {
    const loop = [code("a", "b", 0), code("b", "a", 0)];
    expect(pathOf(loop, loop[0]!).split(" / ").length).toBeLessThan(5);
  });

  it("shows texts with their variables filled", () => {
    expect(fillSample("{{customer.name|亲}}，我是{{ agent.name }}，单号 {{订单号}}。{{x|}}{ {y}}", { "agent.name": "<b>林</b>" })).toEqual([
      { text: "亲", kind: "filled" },
      { text: "，我是", kind: "text" },
      { text: "<b>林</b>", kind: "filled" },
      { text: "，单号 ", kind: "text" },
      { text: "{{订单号}}", kind: "missing" },
      { text: "。", kind: "text" },
      { text: "{ {y}}", kind: "text" },
    ]);
  });

  it("marks words by code points, also where they overlap", () => {
    const hit = (start: number, end: number) => ({ start, end, word: "", category: "", action: "warn" as const });
    const texts = (text: string, hits: ReturnType<typeof hit>[]) => pieces(text, hits).map((piece) => [piece.text, piece.hit !== null]);
    expect(texts("😀加微信吧", [hit(1, 4)])).toEqual([["😀", false], ["加微信", true], ["吧", false]]);
    expect(texts("abcdef", [hit(2, 5), hit(1, 3), hit(2, 3)])).toEqual([["a", false], ["bc", true], ["de", true], ["f", false]]);
    expect(texts("ab", [])).toEqual([["ab", false]]);
  });
});

describe("the board", () => {
  const row = (id: string, more: Partial<Row> = {}): Row => ({ conversation_id: id, state: "waiting", customer: { id, name: id, tier: 0, tags: [] }, priority: 0, is_first_in_line: false, waiting_since: `2026-11-29T00:0${id}:00Z`, version: 1, ...more }) as Row;
  const presence = (id: string, open: number): Presence => ({ agent: { id, name: id, avatar: "" }, open }) as Presence;
  const board = { waiting: [row("1"), row("2")], waiting_count: 2, longest_wait_since: "2026-11-29T00:01:00Z", agents: [presence("a", 1)], groups: [], today: {} } as unknown as Board;
  const ids = (one: Board): string[] => one.waiting.map((each) => each.conversation_id);

  it("takes who begins to wait, the more urgent first, and drops who does not wait any more", () => {
    const more = withRow(withRow(board, row("3")), row("4", { priority: 1 }));
    expect([ids(more), more.waiting_count]).toEqual([["4", "1", "2", "3"], 4]);
    expect(ids(withRow(more, row("5", { is_first_in_line: true })))).toEqual(["5", "4", "1", "2", "3"]);
    const less = withRow(more, row("1", { state: "assigned", version: 2 }));
    expect([ids(less), less.waiting_count, less.longest_wait_since]).toEqual([["4", "2", "3"], 3, "2026-11-29T00:02:00Z"]);
  });

  it("does not go back to what it had before", () => {
    const newer = withRow(board, row("1", { version: 5, priority: 2 }));
    expect(withRow(newer, row("1", { version: 4 }))).toBe(newer);
  });

  it("takes agents as they are now, also new ones", () => {
    const more = withPresence(withPresence(board, presence("a", 2)), presence("b", 0));
    expect(more.agents.map((one) => [one.agent.id, one.open])).toEqual([["a", 2], ["b", 0]]);
  });
});

describe("times", () => {
  it("tick", () => {
    expect([ticking(0), ticking(42.9), ticking(725), ticking(3753), ticking(-5)]).toEqual(["0:00", "0:42", "12:05", "1:02:33", "0:00"]);
  });

  it("are said in sentences as one says them", async () => {
    vi.stubGlobal("document", { documentElement: { lang: "" } });
    const now = +new Date(2026, 10, 29, 14, 5);
    const said = () => [0, 5, 65, 24 * 60].map((minutes) => agoInWords(now - minutes * 60_000, now));
    await setLanguage("zh-CN");
    expect(said()).toEqual(["刚刚", "5 分钟前", "13:00", "昨天"]);
    await setLanguage("en");
    expect(said()).toEqual(["just now", "5 min ago", "13:00", "yesterday"]);
    vi.unstubAllGlobals();
  });
});
