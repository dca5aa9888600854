/** Business hours: what is wrong with them, and whether it is open at a moment; as the server counts. */

import { DAYS, type Holiday, type HoursForm, type Span } from "../api/library.ts";

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;
const DAY = DAY_MINUTES * MINUTE;
/** How far a change is looked for. */
const FAR = 400;

export interface State {
  readonly isOpen: boolean;
  /** When that changes, as milliseconds since 1970; null: not within a year. */
  readonly change: number | null;
  /** The holiday that counts today, if one. */
  readonly holiday: string | null;
}

/** Return the minutes since midnight of `09:00-18:00`; past midnight, more than a day's. Null: it is no span. */
export function readSpan(span: Span): readonly [number, number] | null {
  const match = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(span);
  if (!match) return null;
  const [hour, minute, lastHour, lastMinute] = match.slice(1).map(Number) as [number, number, number, number];
  const [begin, end] = [hour * 60 + minute, lastHour * 60 + lastMinute];
  if (minute > 59 || lastMinute > 59 || begin >= DAY_MINUTES || end > DAY_MINUTES || begin === end) return null;
  return [begin, end > begin ? end : end + DAY_MINUTES];
}

/** Read a time of day as people type it: `9:00`, `09：00`, `900` and `9` are `09:00`. Null: it is none. */
export function readTime(typed: string): string | null {
  const match = /^(\d{1,2})(?::?(\d{2}))?$/.exec(typed.normalize("NFKC").trim());
  if (!match) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2] ?? 0)];
  if (minute > 59 || hour * 60 + minute > DAY_MINUTES) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

export type Fault =
  | { readonly what: "span"; readonly where: string }
  | { readonly what: "overlap"; readonly where: string }
  | { readonly what: "holiday_date"; readonly where: number }
  | { readonly what: "holiday_twice"; readonly where: number }
  | { readonly what: "holiday_hours"; readonly where: number };

/** Return the first thing that is wrong with hours. */
export function faultOf(hours: HoursForm): Fault | null {
  for (const day of DAYS) {
    const what = faultOfSpans(hours.weekly[day] ?? []);
    if (what) return { what, where: day };
  }
  const byDate = hours.holidays.map((holiday, where) => ({ holiday, where })).sort((a, b) => a.holiday.date.localeCompare(b.holiday.date));
  for (const [at, { holiday, where }] of byDate.entries()) {
    if (!isDate(holiday.date) || (holiday.to !== undefined && !(isDate(holiday.to) && holiday.to >= holiday.date))) {
      return { what: "holiday_date", where };
    }
    const before = byDate[at - 1]?.holiday;
    if (before && holiday.date <= (before.to ?? before.date)) return { what: "holiday_twice", where };
    if (!holiday.closed && (!holiday.open?.length || faultOfSpans(holiday.open))) return { what: "holiday_hours", where };
  }
  return null;
}

function faultOfSpans(spans: readonly Span[]): "span" | "overlap" | null {
  const read = spans.map(readSpan);
  if (read.includes(null)) return "span";
  const sorted = (read as (readonly [number, number])[]).sort((a, b) => a[0] - b[0]);
  return sorted.some(([begin], at) => at > 0 && begin < sorted[at - 1]![1]) ? "overlap" : null;
}

const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** Return whether hours without faults are open at `now`, and until when that stays. */
export function stateAt(hours: HoursForm, now: number): State {
  const today = dateIn(hours.timezone, now);
  const spans: (readonly [number, number])[] = [];
  // The day before, too: its hours may go past midnight.
  for (let step = -1; step <= FAR; step += 1) {
    const date = today + step * DAY;
    for (const span of spansOn(hours, date)) {
      const [begin, end] = readSpan(span)!;
      const last = spans.at(-1);
      const [from, to] = [instant(hours.timezone, date, begin), instant(hours.timezone, date, end)];
      if (last && last[1] >= from) spans[spans.length - 1] = [last[0], Math.max(last[1], to)];
      else spans.push([from, to]);
    }
    // A span that began is known whole only when the next one does not go on with it.
    const found = spans.find(([, to]) => to > now);
    if (found && step > 1 && found !== spans.at(-1)) break;
  }
  const holiday = holidayOn(hours, today)?.name ?? null;
  const next = spans.find(([, to]) => to > now);
  if (!next) return { isOpen: false, change: null, holiday };
  const isOpen = next[0] <= now;
  const change = isOpen ? next[1] : next[0];
  return { isOpen, change: change - now > FAR * DAY ? null : change, holiday };
}

function spansOn(hours: HoursForm, date: number): readonly Span[] {
  const holiday = holidayOn(hours, date);
  if (holiday) return sorted(holiday.open ?? []);
  const day = DAYS[(new Date(date).getUTCDay() + 6) % 7]!;
  return sorted(hours.weekly[day] ?? []);
}

const sorted = (spans: readonly Span[]): Span[] => [...spans].sort((a, b) => readSpan(a)![0] - readSpan(b)![0]);

function holidayOn(hours: HoursForm, date: number): Holiday | undefined {
  const text = new Date(date).toISOString().slice(0, 10);
  return hours.holidays.find((holiday) => holiday.date <= text && text <= (holiday.to ?? holiday.date));
}

/** Return the date on the calendar of a time zone, as its midnight were it UTC. */
function dateIn(zone: string, at: number): number {
  return Math.floor((at + offset(zone, at)) / DAY) * DAY;
}

/** Return the moment at which the clocks of a time zone show so many minutes of a date. */
function instant(zone: string, date: number, minutes: number): number {
  const wall = date + minutes * MINUTE;
  const guess = wall - offset(zone, wall);
  return wall - offset(zone, guess);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Return how far a time zone is ahead of UTC, in milliseconds. */
function offset(zone: string, at: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)])) as Record<string, number>;
  const wall = Date.UTC(parts["year"]!, parts["month"]! - 1, parts["day"], parts["hour"], parts["minute"], parts["second"]);
  return wall - Math.floor(at / 1000) * 1000;
}

/** Whether this browser knows a time zone. */
export function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}
