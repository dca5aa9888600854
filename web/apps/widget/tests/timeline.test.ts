import { describe, expect, test } from "vitest";
import { Timeline } from "../src/model/timeline";

const said = (seq: number, from: "bot" | "customer", extra: object = {}) => ({
  type: "message" as const,
  seq,
  at: seq,
  from,
  ...extra,
});
const keys = (timeline: Timeline) => timeline.items.map(({ frame, seq }) => frame.id ?? seq);

describe("the order of what is shown", () => {
  test("is the order of the log, and what is on its way stands where it was said", () => {
    const timeline = new Timeline();
    timeline.add(said(1, "bot"));
    timeline.pend({ frame: { id: "m" }, tick: "sending" });
    timeline.add(said(2, "bot"));
    expect(keys(timeline)).toEqual([1, "m", 2]);
  });

  test("follows the log once the log has the message", () => {
    const timeline = new Timeline();
    timeline.pend({ frame: { id: "m" }, tick: "sending" });
    timeline.add(said(2, "bot"));
    timeline.add(said(3, "customer", { id: "m" }));
    expect(keys(timeline)).toEqual([2, "m"]);
  });

  test("has older messages in front, each once", () => {
    const timeline = new Timeline();
    timeline.add(said(5, "bot"));
    timeline.prepend([said(3, "bot"), said(4, "bot"), said(5, "bot")]);
    expect(keys(timeline)).toEqual([3, 4, 5]);
  });
});

test("ticks only ever go forward", () => {
  const timeline = new Timeline();
  timeline.add(said(1, "customer", { id: "a" }));
  timeline.reach("read", 1);
  timeline.reach("delivered", 1);
  expect(timeline.items[0]?.tick).toBe("read");
});

test("a message that was taken back is shown as that", () => {
  const timeline = new Timeline();
  timeline.add(said(1, "customer", { id: "a" }));
  timeline.add({ type: "notice", seq: 2, at: 2, notice: "recalled", data: { id: "a" } });
  expect(timeline.items).toHaveLength(1);
  expect(timeline.items[0]?.isRecalled).toBe(true);
});

test("a new beginning keeps what is still on its way", () => {
  const timeline = new Timeline();
  timeline.add(said(1, "bot"));
  timeline.pend({ frame: { id: "m" }, outgoing: { type: "message", id: "m", text: "x" } });
  timeline.add({ type: "notice", seq: 2, at: 2, notice: "restarted" });
  expect(timeline.items.map(({ frame, notice }) => frame.id ?? notice?.kind)).toEqual(["m", "restarted"]);
});
