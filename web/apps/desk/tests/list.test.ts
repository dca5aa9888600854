import { describe, expect, it } from "vitest";
import type { Row } from "../src/api/types.ts";
import { RowList } from "../src/inbox/model/list.ts";
import { compared, matches, type Filter } from "../src/inbox/model/matching.ts";
import { countOf, NO_FILTERS, readSaved } from "../src/inbox/model/views.ts";

const ME = { id: "me", name: "林", avatar: "" };
const minute = (n: number): string => new Date(Date.UTC(2026, 10, 29, 4, n)).toISOString();

const row = (id: string, at: number, more: Partial<Row> = {}): Row => ({
  conversation_id: id,
  session_id: `s-${id}`,
  state: "assigned",
  customer: { id: `k-${id}`, name: id, tier: 0, tags: [] },
  channel: "web",
  last: { seq: 1, at: minute(at), by: "customer", text: "?", kind: "text" },
  last_seq: 1,
  unread: 0,
  waiting_since: null,
  unanswered_since: null,
  agent: ME,
  group_id: null,
  skills: [],
  language: "zh",
  labels: [],
  priority: 0,
  is_first_in_line: false,
  reason: null,
  mark: "",
  snoozed_until: null,
  review: null,
  has_draft: false,
  invited: [],
  version: 1,
  changed_at: minute(at),
  ...more,
});

const MINE: Filter = { view: "mine", myId: "me" };
const list = (rows: Row[], next: string | null = null, sort: "newest" | "waiting" = "newest"): RowList => {
  const made = new RowList(MINE, sort);
  made.reset(rows, next);
  return made;
};
const ids = (of: RowList): string[] => of.rows.map((one) => one.conversation_id);

describe("which conversations a view shows", () => {
  it.each([
    ["mine", row("a", 1), true],
    ["mine", row("a", 1, { agent: { ...ME, id: "other" } }), false],
    ["mine", row("a", 1, { agent: { ...ME, id: "other" }, invited: [ME] }), true],
    ["mine", row("a", 1, { snoozed_until: minute(9) }), false],
    ["snoozed", row("a", 1, { snoozed_until: minute(9) }), true],
    ["waiting", row("a", 1, { state: "waiting", agent: null }), true],
    ["waiting", row("a", 1), false],
    ["all", row("a", 1, { state: "bot", agent: null }), true],
    ["closed", row("a", 1, { state: "closed" }), true],
  ] as const)("%s", (view, one, shown) => {
    expect(matches(one, { view, myId: "me" })).toBe(shown);
  });

  it("filters", () => {
    const one = row("a", 1, { channel: "wechat", labels: ["l1"], customer: { id: "k", name: "k", tier: 2, tags: ["VIP"] } });
    expect(matches(one, { ...MINE, tag: "ｖip" })).toBe(true);
    expect(matches(one, { ...MINE, tag: "vi" })).toBe(false);
    expect(matches(one, { ...MINE, channel: "wechat", label: "l1", tier: 2 })).toBe(true);
    expect(matches(one, { ...MINE, channel: "web" })).toBe(false);
    expect(matches(one, { ...MINE, tier: 3 })).toBe(false);
    expect(matches(one, { ...MINE, group: "g" })).toBe(false);
  });
});

describe("order", () => {
  it("by wait: who waits longest is first, who does not wait is last", () => {
    const rows = [
      row("none", 9),
      row("short", 1, { waiting_since: minute(8) }),
      row("long", 1, { waiting_since: minute(2) }),
    ];
    const sorted = rows.sort((one, other) => compared(one, other, "waiting")).map((one) => one.conversation_id);
    expect(sorted).toEqual(["long", "short", "none"]);
  });

  it("by priority: who was not answered is first, who is with the bot is last", () => {
    const at = (id: string, more: Partial<Row>): Row => row(id, 1, { state: "waiting", agent: null, waiting_since: minute(5), ...more });
    const rows = [
      at("bot", { state: "bot", waiting_since: null, changed_at: minute(9) }),
      at("served", { state: "assigned", waiting_since: null }),
      at("waits", {}),
      at("vip", { customer: { id: "k", name: "k", tier: 2, tags: [] } }),
      at("urgent", { priority: 2 }),
      at("taken back", { is_first_in_line: true, waiting_since: minute(8) }),
    ];
    const sorted = rows.sort((one, other) => compared(one, other, "priority")).map((one) => one.conversation_id);
    expect(sorted).toEqual(["taken back", "urgent", "vip", "waits", "served", "bot"]);
  });

  it("by priority, then by wait", () => {
    const rows = [row("a", 1, { priority: 0 }), row("b", 1, { priority: 2 }), row("c", 1, { priority: 0, waiting_since: minute(0) })];
    expect(rows.sort((one, other) => compared(one, other, "priority")).map((one) => one.conversation_id)).toEqual([
      "b",
      "c",
      "a",
    ]);
  });
});

describe("what the live line tells", () => {
  it("moves a row to its place", () => {
    const one = list([row("a", 5), row("b", 4), row("c", 3)]);
    one.take("c", row("c", 9, { version: 2 }));
    expect(ids(one)).toEqual(["c", "a", "b"]);
  });

  it("takes out what no longer belongs, and what is not to be seen any more", () => {
    const one = list([row("a", 5), row("b", 4)]);
    one.take("a", row("a", 6, { state: "closed", version: 2 }));
    one.take("b", null);
    expect(ids(one)).toEqual([]);
  });

  it("is not believed when it is older than what is known", () => {
    const one = list([row("a", 5, { version: 7, unread: 0 })]);
    one.take("a", row("a", 4, { version: 6, unread: 3 }));
    expect(one.rows[0]!.unread).toBe(0);
  });

  it("takes what comes after a session has ended, and what a new one begins with", () => {
    const one = list([row("a", 5, { version: 7 })]);
    one.take("a", row("a", 6, { session_id: null, state: "bot", agent: null, version: 0 }));
    expect(ids(one)).toEqual([]);
    one.take("a", row("a", 7, { session_id: "s-next", version: 1 }));
    one.take("a", row("a", 6, { session_id: null, state: "bot", agent: null, version: 0 }));
    expect(ids(one)).toEqual(["a"]);
  });

  it("does not bring in what comes with a later page", () => {
    const one = list([row("a", 5), row("b", 4)], "next");
    one.take("z", row("z", 1));
    expect(ids(one)).toEqual(["a", "b"]);
    one.take("y", row("y", 5));
    expect(ids(one)).toContain("y");
  });

  it("leaves out whether one has a draft, which stays as it was", () => {
    const one = list([row("a", 5, { has_draft: true })]);
    const { has_draft: _, ...told } = row("a", 6, { version: 2 });
    one.take("a", told as Row);
    expect(one.rows[0]).toMatchObject({ has_draft: true, version: 2 });
  });

  it("and a page that has it too give it once", () => {
    const one = list([row("a", 5)], "next");
    one.take("b", row("b", 9));
    one.addPage([row("b", 2), row("c", 1)], null);
    expect(ids(one)).toEqual(["b", "a", "c"]);
  });
});

describe("while the pointer is on the list", () => {
  it("nothing jumps; what came is counted and comes in when let go", () => {
    const one = list([row("a", 5), row("b", 4)]);
    one.hold(true);
    one.take("n", row("n", 8));
    one.take("b", row("b", 9, { version: 2, unread: 2 }));
    expect(ids(one)).toEqual(["a", "b"]);
    expect(one.find("b")!.unread).toBe(2);
    expect(one.waiting).toBe(1);
    one.hold(false);
    expect(ids(one)).toEqual(["b", "n", "a"]);
    expect(one.hasHeld).toBe(false);
  });

  it("what goes stays in its place until then", () => {
    const one = list([row("a", 5), row("b", 4)]);
    one.hold(true);
    one.take("a", row("a", 5, { state: "closed", version: 2 }));
    expect(ids(one)).toEqual(["a", "b"]);
    expect(one.find("a")!.state).toBe("closed");
    one.release();
    expect(ids(one)).toEqual(["b"]);
  });

  it("what came and went again is nothing", () => {
    const one = list([row("a", 5)]);
    one.hold(true);
    one.take("n", row("n", 8));
    one.take("n", row("n", 8, { state: "closed", version: 2 }));
    expect(one.waiting).toBe(0);
  });

  it("what came back stays", () => {
    const one = list([row("a", 5)]);
    one.hold(true);
    one.take("a", row("a", 5, { state: "closed", version: 2 }));
    one.take("a", row("a", 6, { version: 3 }));
    one.release();
    expect(ids(one)).toEqual(["a"]);
  });
});

describe("saved views", () => {
  const good = { id: "1", name: "微信 VIP", view: "all", sort: "waiting", filters: { channel: "wechat", tier: 2, tag: "VIP" } };

  it("are read out of what the account remembers, without what is none", () => {
    const read = readSaved([good, null, 7, { ...good, id: 3 }, { ...good, view: "nothing" }, { ...good, name: "" }]);
    expect(read).toHaveLength(1);
    expect(read[0]!.filters).toEqual({ ...NO_FILTERS, channel: "wechat", tier: 2, tag: "VIP" });
    expect(countOf(read[0]!.filters)).toBe(3);
    expect(readSaved("x")).toEqual([]);
  });
});
