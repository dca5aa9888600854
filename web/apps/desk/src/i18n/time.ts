/** Times and lengths as people read them, in the language that is shown. */

import { computed, onScopeDispose, ref, type ComputedRef } from "vue";
import { language, t } from "./index.ts";

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** The time, for what is shown of it: it moves every second while somebody looks. */
const now = ref(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Return the current time, as a ref that moves every second as long as the caller is there. */
export function useNow(): ComputedRef<number> {
  watchers += 1;
  now.value = Date.now();
  timer ??= setInterval(() => (now.value = Date.now()), SECOND);
  onScopeDispose(() => {
    watchers -= 1;
    if (watchers === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  });
  return computed(() => now.value);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatted(at: number, options: Intl.DateTimeFormatOptions): string {
  const name = `${language.value} ${JSON.stringify(options)}`;
  let format = formats.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat(language.value, options);
    formats.set(name, format);
  }
  return format.format(at);
}

/** `14:05` */
export function clock(iso: string | number): string {
  return formatted(+new Date(iso), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `2026年11月29日 14:05` */
export function dateTime(iso: string | number): string {
  return formatted(+new Date(iso), {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

/** `今天`, `昨天`, `11月27日`, and with the year when it is another one. */
export function day(iso: string | number, at: number = Date.now()): string {
  const date = new Date(iso);
  const today = new Date(at);
  const days = Math.round((startOfDay(today) - startOfDay(date)) / DAY);
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  const isThisYear = date.getFullYear() === today.getFullYear();
  return formatted(+date, { month: "short", day: "numeric", ...(isThisYear ? {} : { year: "numeric" }) });
}

/** How long ago, in a few characters, for lists: `刚刚`, `5 分钟`, `14:05`, `昨天`, `11月27日`. */
export function ago(iso: string | number, at: number): string {
  const past = at - +new Date(iso);
  if (past < 60 * SECOND) return t("time.just_now");
  if (past < 3600 * SECOND) return t("time.minutes", { n: Math.floor(past / 60_000) });
  if (startOfDay(new Date(iso)) === startOfDay(new Date(at))) return clock(iso);
  return day(iso, at);
}

/** How long ago, as it stands in a sentence: `刚刚`, `5 分钟前`, `14:05`, `昨天`. */
export function agoInWords(iso: string | number, at: number): string {
  const past = at - +new Date(iso);
  if (past >= 60 * SECOND && past < 3600 * SECOND) return t("time.minutes_ago", { n: Math.floor(past / 60_000) });
  const said = ago(iso, at);
  return said === t("time.yesterday") ? said.toLowerCase() : said;
}

/** A length of time that ticks: `0:42`, `12:05`, `1:02:33`; days are hours. */
export function ticking(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** A length of time in words: `42 秒`, `12 分钟`, `1.5 小时`. */
export function duration(seconds: number): string {
  if (seconds < 60) return t("time.seconds", { n: Math.max(0, Math.round(seconds)) });
  if (seconds < 3600) return t("time.minutes", { n: Math.round(seconds / 60) });
  return t("time.hours", { n: Math.round(seconds / 360) / 10 });
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
