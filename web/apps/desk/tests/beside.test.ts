import { describe, expect, it } from "vitest";
import type { Review, Row } from "../src/api/types.ts";
import { moved, readPanel, SECTIONS } from "../src/context/sections.ts";
import { readSummary } from "../src/context/summary.ts";
import { presetsAt, toField } from "../src/context/snoozing.ts";
import { chipsOf, heightOf, HIGH, LOW } from "../src/inbox/model/heights.ts";
import { draftText, lookedAtBy, nextOpen, secondsLeft, taken } from "../src/reviews/model.ts";
import { queryOf, readQuery } from "../src/search/model.ts";
import { fileSize } from "../src/thread/model/sizes.ts";

const review = (id: string, minute: number, more: Partial<Review> = {}): Review => ({
  review_id: id,
  conversation_id: `c-${id}`,
  customer: { id: "k", name: "k", tier: 0 },
  channel: "web",
  question: "?",
  draft: { text: "答" },
  action: "utter",
  confidence: 0.7,
  parts: { intent: 0.7, answer: 0.8, policy: 0.9 },
  asked_at: new Date(0).toISOString(),
  deadline: new Date(minute * 60_000).toISOString(),
  state: "open",
  decided_by: null,
  decided_at: null,
  text: null,
  claimed_by: null,
  claimed_until: null,
  ...more,
});
const ids = (all: readonly Review[]): string[] => all.map((one) => one.review_id);

describe("reviews", () => {
  it("stand by deadline, and what was decided meanwhile stays to be seen", () => {
    const all = [review("a", 1), review("c", 3)];
    expect(ids(taken(all, review("b", 2)))).toEqual(["a", "b", "c"]);
    const after = taken(all, review("a", 1, { state: "superseded" }));
    expect(after[0]).toMatchObject({ review_id: "a", state: "superseded" });
    expect(taken(all, review("x", 2, { state: "approved" }))).toBe(all);
  });

  it("go on to the next open one, round to the first", () => {
    const all = [review("a", 1), review("b", 2, { state: "expired" }), review("c", 3)];
    expect(nextOpen(all, "a")?.review_id).toBe("c");
    expect(nextOpen(all, "c")?.review_id).toBe("a");
    expect(nextOpen(all, null)?.review_id).toBe("a");
    expect(nextOpen([all[1]!], "b")).toBeNull();
  });

  it("count down to nothing, and drafts may have no text", () => {
    expect(secondsLeft(review("a", 1), 30_500)).toBe(30);
    expect(secondsLeft(review("a", 1), 90_000)).toBe(0);
    expect(draftText(review("a", 1, { draft: null }))).toBe("");
    expect(draftText(review("a", 1, { draft: { custom: {} } }))).toBe("");
  });

  it("are looked at by a colleague only as long as that lasts", () => {
    const lin = { id: "lin", name: "林", avatar: "" };
    const one = review("a", 9, { claimed_by: lin, claimed_until: new Date(60_000).toISOString() });
    expect(lookedAtBy(one, "me", 59_999)).toBe("林");
    expect(lookedAtBy(one, "me", 60_000)).toBe("");
    expect(lookedAtBy(one, "lin", 0)).toBe("");
    expect(lookedAtBy({ ...one, state: "approved" }, "me", 0)).toBe("");
  });
});

describe("the panel", () => {
  it("remembers order and what is closed, whatever is stored", () => {
    for (const stored of [undefined, 7, { order: "x" }, { order: ["nothing"] }]) {
      expect([...readPanel(stored).order].sort()).toEqual([...SECTIONS].sort());
    }
    const read = readPanel({ order: ["notes", "customer"], closed: [], isOpen: false });
    expect(read.order.slice(0, 2)).toEqual(["notes", "customer"]);
    expect(read).toMatchObject({ closed: [], isOpen: false });
  });

  it("moves sections within its ends", () => {
    expect(moved(SECTIONS, "summary", -1)).toEqual(SECTIONS);
    expect(moved(SECTIONS, "summary", 1).slice(0, 2)).toEqual(["suggestions", "summary"]);
    expect(moved(SECTIONS, "customer", 99).at(-1)).toBe("customer");
  });
});

describe("the summary of a handover", () => {
  it("is read as the server folds it", () => {
    const summary = readSummary({
      reason: "asked",
      asked: ["退款"],
      intents: [{ intent: "ask_refund", confidence: 0.6, count: 2 }],
      slots: { order_no: "1001", vip: true },
      orders: ["1001"],
      order_cards: [{ type: "order_card", order_id: "1001" }],
      tried: [{ action: "utter_a", said: "您好", is_failure: false, confidence: 0.9 }, { action: "action_b", said: "", is_failure: true, confidence: null }],
      lowest_confidence: 0.4,
      mood: "negative",
    })!;
    expect(summary.slots).toEqual([{ name: "order_no", value: "1001" }, { name: "vip", value: "true" }]);
    expect(summary.tried.map((one) => [one.words, one.isFailure])).toEqual([["您好", false], ["action_b", true]]);
    expect(summary).toMatchObject({ reason: "asked", lowest: 0.4, mood: "negative", orders: ["1001"] });
    expect(summary.cards).toHaveLength(1);
  });

  it("is nothing when there is none, and holds whatever strange data leave of it", () => {
    for (const none of [null, undefined, {}, [], "x"]) expect(readSummary(none)).toBeNull();
    expect(readSummary({ asked: 3, intents: [null], slots: [1], tried: "no", lowest_confidence: "high", order: [] })).toEqual({
      reason: "", detail: "", asked: [], slots: [], tried: [], intents: [], orders: [], cards: [], lowest: null, mood: "neutral",
    });
  });
});

describe("snoozing", () => {
  it("offers times that are all to come, Monday not twice", () => {
    for (let day = 23; day < 30; day += 1) {
      const now = new Date(2026, 10, day, 15, 30);
      const presets = presetsAt(now);
      expect(presets.every((one) => one.at > now)).toBe(true);
      const week = presets.find((one) => one.name === "week");
      expect(week === undefined).toBe(now.getDay() === 0);
      if (week) expect(week.at.getDay()).toBe(1);
    }
  });

  it("has times as fields have them", () => expect(toField(new Date(2026, 0, 5, 9, 7))).toBe("2026-01-05 09:07"));
});

describe("rows", () => {
  const row = (more: Partial<Row>): Row =>
    ({ mark: "", review: null, snoozed_until: null, labels: [], agent: null, state: "assigned", ...more }) as Row;

  it.each<Partial<Row>>([
    {},
    { mark: "unanswered" },
    { labels: ["1", "2", "3"] },
    { agent: { id: "me", name: "", avatar: "" } },
    { agent: { id: "other", name: "", avatar: "" } },
    { agent: { id: "other", name: "", avatar: "" }, state: "closed" },
    { snoozed_until: "2026-11-29T04:00:00Z" },
    { review: { review_id: "r", deadline: "" } },
  ])("are as high as what they show: %j", (more) => {
    expect(heightOf(row(more), "me")).toBe(chipsOf(row(more), "me").length ? HIGH : LOW);
  });
});

describe("the search", () => {
  it("says to the server what was chosen, the last day included", () => {
    const wanted = { q: " 退款 ", kind: "all", by: "agent", channel: "wechat", after: "2026-11-01", before: "2026-11-30" } as const;
    expect(queryOf(wanted)).toBe("退款 from:agent channel:wechat after:2026-11-01 before:2026-12-01");
    expect(queryOf({ ...wanted, kind: "customers" })).toBe("退款");
  });

  it("reads its address, without what is none", () => {
    expect(readQuery({ q: "x", kind: "all'", by: "god", after: "yesterday", before: "2026-01-02", channel: ["a"] })).toEqual({
      q: "x",
      kind: "all",
      by: "",
      channel: "",
      after: "",
      before: "2026-01-02",
    });
  });
});

it("sizes are as people read them", () => {
  expect([0, 1023, 1024, 284_320, 5_242_880].map(fileSize)).toEqual(["0 B", "1023 B", "1 KB", "278 KB", "5 MB"]);
});
