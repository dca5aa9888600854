import { describe, expect, it } from "vitest";
import { faultOf, readSpan, stateAt, readTime } from "../src/admin/hours.ts";
import type { HoursForm } from "../src/api/library.ts";

const WEEK: HoursForm = {
  timezone: "Asia/Shanghai",
  weekly: { mon: ["09:00-12:00", "13:30-18:00"], fri: ["22:00-06:00"], sat: ["06:00-08:00"] },
  holidays: [
    { date: "2026-12-07", name: "店庆", closed: true },
    { date: "2026-12-06", name: "调休", open: ["10:00-11:00"] },
  ],
};

/** A moment by the clocks of Shanghai. */
const at = (text: string): number => Date.parse(`${text}:00+08:00`);
const shown = (hours: HoursForm, now: string): [boolean, number | null] => {
  const { isOpen, change } = stateAt(hours, at(now));
  return [isOpen, change];
};

describe("business hours", () => {
  it("open and close in their time zone", () => {
    expect(shown(WEEK, "2026-11-30T08:59")).toEqual([false, at("2026-11-30T09:00")]);
    expect(shown(WEEK, "2026-11-30T09:00")).toEqual([true, at("2026-11-30T12:00")]);
    expect(shown(WEEK, "2026-11-30T12:00")).toEqual([false, at("2026-11-30T13:30")]);
    expect(shown(WEEK, "2026-11-30T18:00")).toEqual([false, at("2026-12-04T22:00")]);
  });

  it("go past midnight, and on with the next day's", () => {
    expect(shown(WEEK, "2026-12-04T23:00")).toEqual([true, at("2026-12-05T08:00")]);
    expect(shown(WEEK, "2026-12-05T07:00")).toEqual([true, at("2026-12-05T08:00")]);
  });

  it("give way to holidays, also to those that open a day", () => {
    expect(shown(WEEK, "2026-12-06T09:00")).toEqual([false, at("2026-12-06T10:00")]);
    expect(stateAt(WEEK, at("2026-12-06T10:30"))).toEqual({ isOpen: true, change: at("2026-12-06T11:00"), holiday: "调休" });
    expect(stateAt(WEEK, at("2026-12-07T09:30"))).toEqual({ isOpen: false, change: at("2026-12-11T22:00"), holiday: "店庆" });
  });

  it("follow clocks that are put forward", () => {
    const hours: HoursForm = { timezone: "Europe/Berlin", weekly: { sun: ["01:00-04:00"] }, holidays: [] };
    const { isOpen, change } = stateAt(hours, Date.parse("2026-03-29T01:30:00+01:00"));
    expect([isOpen, change]).toEqual([true, Date.parse("2026-03-29T04:00:00+02:00")]);
  });

  it("may never change", () => {
    expect(stateAt({ timezone: "UTC", weekly: {}, holidays: [] }, at("2026-11-30T09:00"))).toEqual({ isOpen: false, change: null, holiday: null });
    const whole = Object.fromEntries(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, ["00:00-24:00"]]));
    expect(stateAt({ timezone: "UTC", weekly: whole, holidays: [] }, at("2026-11-30T09:00"))).toEqual({ isOpen: true, change: null, holiday: null });
  });

  it("are read as the server reads them", () => {
    expect(readSpan("09:00-18:00")).toEqual([540, 1080]);
    expect(readSpan("22:00-06:00")).toEqual([1320, 1800]);
    expect(readSpan("00:00-24:00")).toEqual([0, 1440]);
    for (const wrong of ["9-18", "09:00-09:00", "09:60-10:00", "24:00-25:00", "", "09:00–18:00"]) expect(readSpan(wrong)).toBeNull();
  });

  it.each([
    [{ ...WEEK, weekly: { mon: ["09:00"] } }, { what: "span", where: "mon" }],
    [{ ...WEEK, weekly: { tue: ["09:00-12:00", "11:00-13:00"] } }, { what: "overlap", where: "tue" }],
    [{ ...WEEK, holidays: [{ date: "", closed: true }] }, { what: "holiday_date", where: 0 }],
    [{ ...WEEK, holidays: [{ date: "2026-12-02", to: "2026-12-01", closed: true }] }, { what: "holiday_date", where: 0 }],
    [{ ...WEEK, holidays: [{ date: "2026-12-02", open: [] }] }, { what: "holiday_hours", where: 0 }],
    [
      { ...WEEK, holidays: [{ date: "2026-12-03", closed: true }, { date: "2026-12-01", to: "2026-12-03", closed: true }] },
      { what: "holiday_twice", where: 0 },
    ],
    [WEEK, null],
  ] as [HoursForm, unknown][])("say what is wrong with them: %#", (hours, fault) => {
    expect(faultOf(hours)).toEqual(fault);
  });
});

describe("a time of day", () => {
  it.each([
    ["09:00", "09:00"],
    ["9:05", "09:05"],
    [" 9：30 ", "09:30"],
    ["１８", "18:00"],
    ["930", "09:30"],
    ["1330", "13:30"],
    ["24:00", "24:00"],
    ["24:01", null],
    ["25", null],
    ["9:60", null],
    ["", null],
    ["早上", null],
  ])("typed as %j is %j", (typed, time) => expect(readTime(typed)).toBe(time));
});
