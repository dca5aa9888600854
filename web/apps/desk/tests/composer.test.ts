import { describe, expect, it, vi } from "vitest";
import type { Canned } from "../src/api/library.ts";
import { Problem } from "../src/api/problem.ts";
import pinyin from "pinyin-match";
import { found, foldersOf, missingIn, piecesOf, replaced, triggerAt, type Spelled } from "../src/composer/model/canned.ts";
import { DraftKeeper, NOTHING, type DraftAround, type Kept, type Written } from "../src/composer/model/draft.ts";
import { inUnits, marked } from "../src/composer/model/marking.ts";
import { foundPeople, mentionsIn, notePieces } from "../src/composer/model/mentions.ts";
import { quotaState } from "../src/composer/model/quota.ts";

const canned = (id: string, more: Partial<Canned>): Canned => ({
  id,
  folder: "",
  title: id,
  shortcut: "",
  text: "",
  language: "",
  scope: "shared",
  group: "",
  position: 0,
  variables: [],
  uses: 0,
  used_at: null,
  may_edit: false,
  version: 1,
  changed_at: "2026-11-29T04:00:00Z",
  ...more,
});

describe("the sign that asks for a canned reply or a colleague", () => {
  it.each([
    ["/", "/", ""],
    ["你好 /退", "/", "退"],
    ["您好，/tk", "/", "tk"],
    ["请看@林", "@", "林"],
    ["https:/", null, ""],
    ["a/b", null, ""],
    ["mail a@b", null, ""],
    ["/退货 ", null, ""],
  ])("in %j is %j", (text, kind, wanted) => {
    const trigger = triggerAt(text, text.length, "/@");
    expect(trigger?.kind ?? null).toBe(kind);
    if (trigger) expect(trigger.wanted).toBe(wanted);
  });

  it("is looked for before the caret, and only where it means something", () => {
    expect(triggerAt("/ab rest", 3, "/")).toMatchObject({ wanted: "ab", start: 0, end: 3 });
    expect(triggerAt("@ab", 3, "/")).toBeNull();
  });

  it("is replaced, and the caret stands behind", () => {
    const text = "您好 /tk 谢谢";
    const trigger = triggerAt(text, 6, "/")!;
    expect(replaced(text, trigger, "已退款")).toEqual({ text: "您好 已退款 谢谢", caret: 6 });
  });
});

describe("canned replies by pinyin", () => {
  const spelled: Spelled = (text, letters) => pinyin.match(text, letters) !== false;
  const all = [
    canned("a", { folder: "售后", title: "退货政策", text: "七天内可以退货" }),
    canned("b", { folder: "物流", title: "长期缺货", text: "thanks" }),
    canned("c", { folder: "开场", title: "hello", shortcut: "tk" }),
  ];
  const ids = (wanted: string): string[] => found(all, wanted, null, spelled).map((one) => one.id);

  it.each([
    ["thzc", ["a"]],
    ["THZC", ["a"]],
    ["th zc", ["a"]],
    ["tuihuo", ["a"]],
    ["zhengce", ["a"]],
    ["cqqh", ["b"]],
    ["shouhou", ["a"]],
    ["th", ["a", "b"]],
    ["tk", ["c"]],
    ["hello", ["c"]],
    ["xyz", []],
  ])("%j finds %j", (wanted, expected) => expect(ids(wanted)).toEqual(expected));

  it("asks for more than one letter, and for letters only", () => {
    expect(ids("z")).toEqual([]);
    expect(ids("退货")).toEqual(["a"]);
    expect(ids("th1")).toEqual([]);
  });

  it("does without", () => expect(found(all, "thzc")).toEqual([]));
});

describe("canned replies", () => {
  const all = [
    canned("a", { folder: "售后/退款", title: "退款多久", shortcut: "tk", text: "三天内退款", uses: 2 }),
    canned("b", { folder: "售后", title: "换货", shortcut: "tkhh", text: "可以换" }),
    canned("c", { folder: "问候", title: "你好", text: "您好，退款请稍等", uses: 9 }),
    canned("d", { folder: "问候", title: "ＶＩＰ 问候", shortcut: "vip" }),
  ];
  const ids = (wanted: string, folder: string | null = null): string[] => found(all, wanted, folder).map((one) => one.id);

  it("are found by shortcut first, then by title, then by their text", () => {
    expect(ids("tk")).toEqual(["a", "b"]);
    expect(ids("退款")).toEqual(["a", "c"]);
    expect(ids("VIP")).toEqual(["d"]);
    expect(ids("xyz")).toEqual([]);
  });

  it("stay within a folder and those below", () => {
    expect(ids("", "售后").sort()).toEqual(["a", "b"]);
    expect(ids("退款", "问候")).toEqual(["c"]);
  });

  it("have folders as a tree", () => {
    expect(foldersOf(all).map((one) => [one.name, one.depth, one.count])).toEqual([
      ["售后", 0, 2],
      ["退款", 1, 1],
      ["问候", 0, 2],
    ]);
  });

  it("mark what nothing is known of", () => {
    expect(missingIn("{{a}} {{ order.id | 订单 }} {{a}} {b}")).toEqual(["a", "order.id"]);
    const text = "订单 {{order}} 已发";
    expect(piecesOf(text).map((piece) => piece.text).join("")).toBe(text);
  });
});

describe("places that stand out", () => {
  it("are cut out, whatever the ranges are, and nothing is lost", () => {
    const text = "我要投诉到消协";
    const pieces = marked(text, [
      { start: 2, end: 4 },
      { start: 3, end: 7 },
      { start: -4, end: 1 },
      { start: 6, end: 99 },
      { start: 5, end: 5 },
    ]);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    expect(pieces[0]).toEqual({ text: "我", range: 2 });
    expect(marked("", [{ start: 0, end: 3 }])).toEqual([]);
  });

  it("are counted in characters by the server, in units here", () => {
    const text = "😀加微信";
    const [range] = inUnits(text, [{ start: 2, end: 4 }]);
    expect(text.slice(range!.start, range!.end)).toBe("微信");
    expect(inUnits("a", [{ start: -1, end: 9 }])).toEqual([{ start: 0, end: 1 }]);
  });
});

describe("mentions", () => {
  const people = [
    { id: "1", name: "林晓", avatar: "", staff_number: "1001" },
    { id: "2", name: "林晓明", avatar: "", staff_number: "2002" },
    { id: "3", name: "Ann", avatar: "", staff_number: "3003" },
  ];

  it("are the longest names that stand behind @", () => {
    expect(mentionsIn("@林晓明 看一下，@Ann", people)).toEqual(["2", "3"]);
    expect(mentionsIn("a@b.c @Nobody", people)).toEqual([]);
  });

  it("are found by name, part of it, or staff number", () => {
    expect(foundPeople(people, "晓明").map((one) => one.id)).toEqual(["2"]);
    expect(foundPeople(people, "30").map((one) => one.id)).toEqual(["3"]);
    expect(foundPeople(people, "")).toHaveLength(3);
  });

  it("are shown apart, and nothing is lost", () => {
    const pieces = notePieces("请 @林晓明 和 @Ann 看", ["林晓", "林晓明", "Ann"]);
    expect(pieces.filter((piece) => piece.isMention).map((piece) => piece.text)).toEqual(["@林晓明", "@Ann"]);
    expect(pieces.map((piece) => piece.text).join("")).toBe("请 @林晓明 和 @Ann 看");
  });
});

describe("the quota", () => {
  const now = Date.UTC(2026, 10, 29, 6);
  const until = new Date(now + 60_000).toISOString();
  it.each([
    [{ left: 3, of: 5, until, text: "" }, "open"],
    [{ left: 1, of: 5, until, text: "" }, "few"],
    [{ left: 1, of: 1, until: null, text: "" }, "open"],
    [{ left: 0, of: 5, until, text: "" }, "used_up"],
    [{ left: 3, of: 5, until: new Date(now).toISOString(), text: "" }, "closed"],
  ])("%j is %s", (quota, state) => {
    expect(quotaState(quota, now)).toBe(state);
  });
});

describe("drafts", () => {
  function keeper(stored: Kept | null = null) {
    const server = { draft: stored, saves: 0, isDown: false };
    const timers = new Map<number, () => void>();
    let last = 0;
    const around: DraftAround = {
      load: async () => server.draft,
      save: async (_, draft, version) => {
        if (server.isDown) throw new Error("down");
        if (version !== (server.draft?.version ?? 0)) throw new Problem(409, "conflict", "");
        server.saves += 1;
        server.draft = { ...draft, version: version + 1 };
        return version + 1;
      },
      drop: async () => void (server.draft = null),
      setTimer: (call) => (timers.set((last += 1), call), last),
      clearTimer: (timer) => void timers.delete(timer as number),
    };
    const made = new DraftKeeper(around);
    const ring = async (): Promise<void> => {
      const calls = [...timers.values()];
      timers.clear();
      calls.forEach((call) => call());
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
    };
    return { made, server, ring, timers };
  }
  const reply = (text: string): Written => ({ text, mode: "reply", replyTo: null });

  it("are fetched, and saved once for many keys", async () => {
    const { made, server, ring } = keeper({ ...reply("早"), version: 4 });
    expect(await made.open("c")).toEqual(reply("早"));
    for (const text of ["早上", "早上好"]) made.write("c", reply(text));
    expect(server.saves).toBe(0);
    await ring();
    expect(server.saves).toBe(1);
    expect(server.draft).toEqual({ ...reply("早上好"), version: 5 });
  });

  it("typed before the old one came win, and the old one is told", async () => {
    const { made, server, ring } = keeper({ ...reply("旧"), version: 2 });
    const told = vi.fn();
    made.onOther = told;
    made.write("c", reply("新"));
    expect((await made.open("c")).text).toBe("新");
    expect(told).toHaveBeenCalledWith("c", expect.objectContaining({ text: "旧" }));
    await ring();
    expect(server.draft!.text).toBe("新");
  });

  it("of another browser do not stop this one, and are told", async () => {
    const { made, server, ring } = keeper();
    const told = vi.fn();
    made.onOther = told;
    await made.open("c");
    server.draft = { ...reply("那边"), version: 7 };
    made.write("c", reply("这边"));
    await ring();
    expect(told).toHaveBeenCalledWith("c", expect.objectContaining({ text: "那边" }));
    expect(server.draft).toEqual({ ...reply("这边"), version: 8 });
  });

  it("are kept and tried again while the server is away", async () => {
    const { made, server, ring, timers } = keeper();
    const states: string[] = [];
    made.onState = (_, state) => states.push(state);
    server.isDown = true;
    await made.open("c");
    made.write("c", reply("等"));
    await ring();
    expect(states).toEqual(["saving", "failed"]);
    expect(made.of("c").text).toBe("等");
    expect(timers.size).toBe(1);
    server.isDown = false;
    await ring();
    expect(server.draft!.text).toBe("等");
  });

  it("are gone when they were sent", async () => {
    const { made, server } = keeper({ ...reply("发"), version: 1 });
    await made.open("c");
    await made.clear("c");
    expect(server.draft).toBeNull();
    expect(made.of("c")).toEqual(NOTHING);
  });
});
