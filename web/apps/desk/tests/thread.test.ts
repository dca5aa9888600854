import { describe, expect, it } from "vitest";
import type { ThreadPage } from "../src/api/conversations.ts";
import type { Item } from "../src/api/types.ts";
import { linesOf, unreadFrom } from "../src/thread/model/lines.ts";
import { merged, Thread, type Pending } from "../src/thread/model/thread.ts";
import { around, atEnd, down, MOST, OPENED, shownOf, shows, up, type Window } from "../src/thread/model/window.ts";

const item = (seq: number, more: Partial<Item> = {}): Item => ({
  seq,
  at: new Date(Date.UTC(2026, 10, 29, 4, 0, seq)).toISOString(),
  kind: "customer",
  text: `m${seq}`,
  ...more,
});
const items = (...seqs: number[]): Item[] => seqs.map((seq) => item(seq));
const page = (all: readonly Item[], more: Partial<ThreadPage> = {}): ThreadPage => ({
  conversation_id: "c",
  items: all,
  first_seq: all[0]?.seq ?? 0,
  last_seq: all.at(-1)?.seq ?? 0,
  has_before: false,
  has_after: false,
  ...more,
});
const seqs = (thread: Thread): number[] => thread.items.map((one) => one.seq);
const own = (more: Partial<Pending> = {}): Pending => ({
  id: "x1",
  kind: "agent",
  at: "2026-11-29T04:01:00Z",
  text: "好的",
  state: "sending",
  ...more,
});

describe("what is known of a thread", () => {
  it("is in order whatever order it comes in, and the newer word counts", () => {
    const all = merged(items(2, 4, 9), [item(9, { text: "neu" }), item(3), item(1)]);
    expect(all.map((one) => one.seq)).toEqual([1, 2, 3, 4, 9]);
    expect(all.at(-1)!.text).toBe("neu");
  });

  it("grows at both ends by pages and by what is told", () => {
    const thread = new Thread("c");
    thread.reset(page(items(50, 52, 55), { has_before: true, last_seq: 57 }));
    thread.addBefore(page(items(40, 45), { has_before: false }));
    const fresh = thread.addLive([item(58), item(59, { kind: "step", step: "labelled" })], 60);
    expect(seqs(thread)).toEqual([40, 45, 50, 52, 55, 58, 59]);
    expect(fresh).toBe(1);
    expect(thread.hasBefore).toBe(false);
    expect(thread.lastSeq).toBe(60);
  });

  it("counts what is told twice once", () => {
    const thread = new Thread("c");
    thread.reset(page(items(1, 2)));
    expect(thread.addLive([item(2), item(3)], 3)).toBe(1);
    expect(thread.addLive([item(3)], 3)).toBe(0);
    expect(seqs(thread)).toEqual([1, 2, 3]);
  });

  it("has no hole: what is told while an old place is shown waits until it is reached", () => {
    const thread = new Thread("c");
    thread.reset(page(items(10, 11), { has_before: true, has_after: true, last_seq: 90 }));
    expect(thread.addLive([item(91)], 91)).toBe(1);
    expect(seqs(thread)).toEqual([10, 11]);
    thread.addAfter(page(items(12, 91), { last_seq: 91 }));
    expect(seqs(thread)).toEqual([10, 11, 12, 91]);
    expect(thread.hasAfter).toBe(false);
  });

  it("joins its end where the pages touch, and takes its place where they do not", () => {
    const thread = new Thread("c");
    thread.reset(page(items(10, 20), { has_before: true, last_seq: 21 }));
    expect(thread.addEnd(page(items(20, 30), { has_before: true, first_seq: 15, last_seq: 31 }))).toBe(true);
    expect(seqs(thread)).toEqual([10, 20, 30]);
    expect(thread.addEnd(page(items(80, 90), { has_before: true, first_seq: 70, last_seq: 90 }))).toBe(false);
    expect(seqs(thread)).toEqual([80, 90]);
  });

  it("goes on behind pages in which nobody says a word, and ends where a page brings nothing new", () => {
    const thread = new Thread("c");
    thread.reset(page(items(900), { first_seq: 880, last_seq: 900, has_before: true }));
    expect(thread.lowSeq).toBe(880);
    thread.addBefore(page([], { first_seq: 400, last_seq: 879, has_before: true }));
    expect([thread.lowSeq, thread.hasBefore]).toEqual([400, true]);
    thread.addBefore(page([], { first_seq: 400, last_seq: 399, has_before: true }));
    expect(thread.hasBefore).toBe(false);
    thread.reset(page(items(10), { first_seq: 8, last_seq: 60, has_after: true }));
    expect(thread.knownSeq).toBe(60);
    thread.addAfter(page([], { first_seq: 61, last_seq: 300, has_after: true }));
    expect([thread.knownSeq, thread.hasAfter]).toEqual([300, true]);
    thread.addAfter(page([], { first_seq: 301, last_seq: 300, has_after: true }));
    expect(thread.hasAfter).toBe(false);
  });

  it("notices that the list knows more than it", () => {
    const thread = new Thread("c");
    expect(thread.isBehind(9)).toBe(false);
    thread.reset(page(items(1, 2)));
    expect(thread.isBehind(2)).toBe(false);
    expect(thread.isBehind(3)).toBe(true);
  });
});

describe("one's own messages", () => {
  it("are shown at once, and once only when the server shows them", () => {
    const thread = new Thread("c");
    thread.reset(page(items(1)));
    thread.send(own());
    expect(thread.pending).toHaveLength(1);
    thread.addLive([item(2, { kind: "agent", id: "x1" })], 2);
    expect(thread.pending).toHaveLength(0);
    expect(seqs(thread)).toEqual([1, 2]);
  });

  it("are recognised by their place too, whichever answer comes first", () => {
    const thread = new Thread("c");
    thread.reset(page(items(1)));
    thread.send(own());
    thread.addLive([item(2, { kind: "agent" })], 2);
    expect(thread.pending).toHaveLength(1);
    thread.changePending("x1", { seq: 2, state: "sent" });
    expect(thread.pending).toHaveLength(0);
  });

  it("keep their key, so that what is shown of them stays where it is", () => {
    const thread = new Thread("c");
    thread.send(own());
    const [before] = linesOf({ items: [], pending: thread.pending }).slice(-1);
    thread.reset(page([item(2, { kind: "agent", id: "x1" })]));
    const [after] = linesOf({ items: thread.items, ownIds: thread.ownIds }).slice(-1);
    expect(after!.key).toBe(before!.key);
  });

  it("stay when they failed, with the reason, until they are sent again or thrown away", () => {
    const thread = new Thread("c");
    thread.send(own());
    thread.changePending("x1", { state: "failed", error: "no" });
    expect(thread.pending[0]).toMatchObject({ state: "failed", error: "no", text: "好的" });
    thread.dropPending("x1");
    expect(thread.pending).toHaveLength(0);
  });
});

describe("ticks", () => {
  const ticked = (first: Item["state"], ...then: NonNullable<Item["state"]>[]): Item => {
    const thread = new Thread("c");
    thread.reset(page([item(1, { kind: "agent", ...(first ? { state: first } : {}) })]));
    for (const state of then) thread.tick([{ seq: 1, state, ...(state === "failed" ? { error: "45015" } : {}) }]);
    return thread.items[0]!;
  };

  it("go on and never back", () => {
    expect(ticked("pending", "sent", "read", "delivered").state).toBe("read");
  });

  it("may fail, with the reason, and begin anew without it", () => {
    expect(ticked("sent", "failed")).toMatchObject({ state: "failed", error: "45015" });
    const again = ticked("sent", "failed", "pending");
    expect(again.state).toBe("pending");
    expect(again.error).toBeUndefined();
  });
});

it("what was taken back is not shown any more", () => {
  const thread = new Thread("c");
  thread.reset(page([item(1, { id: "m1", content: { type: "image" } })]));
  thread.tick([{ seq: 1, is_recalled: true }]);
  expect(thread.items[0]).toEqual({ seq: 1, at: item(1).at, kind: "customer", id: "m1", is_recalled: true });
});

describe("lines", () => {
  const at = (text: string): string => new Date(`2026-11-${text}`).toISOString();
  const types = (all: readonly Item[], more = {}): string[] => linesOf({ items: all, ...more }).map((line) => line.type);

  it("tell each day once, and where it begins before what is shown", () => {
    const all = [item(1, { at: at("28T23:00") }), item(2, { at: at("28T23:30") }), item(3, { at: at("29T09:00") })];
    expect(types(all)).toEqual(["day", "message", "message", "day", "message"]);
    expect(types(all.slice(1), { before: all[0] })).toEqual(["message", "day", "message"]);
  });

  it("put one person's bubbles together when they are close in time", () => {
    const all = [
      item(1, { at: at("29T09:00:00") }),
      item(2, { at: at("29T09:01:00") }),
      item(3, { at: at("29T09:20:00") }),
      item(4, { at: at("29T09:20:30"), kind: "bot" }),
    ];
    const messages = linesOf({ items: all }).filter((line) => line.type === "message");
    expect(messages.map((line) => [line.isFirst, line.isLast])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it("do not put two agents, or a whisper and a note, together", () => {
    const one = { id: "a1", name: "林", avatar: "" };
    const two = { id: "a2", name: "何", avatar: "" };
    const all = [
      item(1, { kind: "agent", agent: one }),
      item(2, { kind: "agent", agent: two }),
      item(3, { kind: "private", agent: two }),
      item(4, { kind: "private", agent: two, is_whisper: true }),
    ];
    expect(linesOf({ items: all }).every((line) => line.type !== "message" || line.isFirst)).toBe(true);
  });

  it("show steps between and break groups there", () => {
    const lines = linesOf({ items: [item(1), item(2, { kind: "step", step: "queued" }), item(3)] });
    expect(lines.map((line) => line.type)).toEqual(["day", "message", "step", "message"]);
    expect(lines.at(-1)).toMatchObject({ isFirst: true });
  });

  it("have one line where the unread begins, and none if that is not shown", () => {
    expect(types(items(1, 2, 3), { unreadFrom: 3 })).toEqual(["day", "message", "message", "unread", "message"]);
    expect(types(items(4, 5), { unreadFrom: 3, before: item(3) })).toEqual(["message", "message"]);
  });

  it("find the first unread by counting the customer's messages from the end", () => {
    const all = [item(1), item(2), item(3, { kind: "bot" }), item(4)];
    expect(unreadFrom(all, 0)).toBeNull();
    expect(unreadFrom(all, 2)).toBe(2);
    expect(unreadFrom(all, 99)).toBe(1);
    expect(unreadFrom([item(3, { kind: "bot" })], 2)).toBeNull();
  });
});

describe("the stretch in the page", () => {
  const long = Array.from({ length: 1000 }, (_, at) => item(at * 3 + 1));
  const length = (window: Window): number => shownOf(long, window).length;

  it("begins at the end", () => {
    expect(shownOf(long, atEnd(long)).at(-1)!.seq).toBe(long.at(-1)!.seq);
    expect(length(atEnd(long))).toBe(OPENED);
  });

  it("never grows beyond its most, and leaves nothing out between", () => {
    let window = atEnd(long);
    for (let next = up(long, window); next; next = up(long, window)) {
      window = next;
      expect(length(window)).toBeLessThanOrEqual(MOST);
    }
    expect(shownOf(long, window)[0]!.seq).toBe(1);
    for (let next = down(long, window); next; next = down(long, window)) {
      const shown = shownOf(long, next);
      expect(shown.length).toBeLessThanOrEqual(MOST);
      expect(shown[0]!.seq).toBeLessThanOrEqual(shownOf(long, window).at(-1)!.seq);
      window = next;
    }
    expect(window.to).toBeNull();
    expect(shownOf(long, window).at(-1)!.seq).toBe(2998);
  });

  it("goes around a place, also one that has no item", () => {
    const window = around(long, 1500);
    expect(shows(window, 1501)).toBe(true);
    expect(length(window)).toBeLessThanOrEqual(OPENED + 2);
    expect(around(items(1, 2), 2)).toEqual({ from: 1, to: null });
  });

  it("takes what comes at the end along", () => {
    const window = atEnd(long);
    expect(shownOf([...long, item(9999)], window).at(-1)!.seq).toBe(9999);
  });
});
