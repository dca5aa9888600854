import { fetched } from "./later";
import hans from "./locales/zh-Hans";

export type Words = typeof hans;
export type Word = keyof Words;
export type Locale = "zh-Hans" | "zh-Hant" | "en";

const here: Partial<Record<Locale, Words>> = { "zh-Hans": hans };

/** Fetch the words of `locale`; false when they cannot be got, and the ones before stay. */
export async function learn(locale: Locale): Promise<boolean> {
  try {
    here[locale] ??= await fetched<Words>(locale);
    return true;
  } catch {
    return false;
  }
}

/** The locale that fits the first tag we know; English when there is none. */
export function localeOf(tags: readonly string[]): Locale {
  for (const tag of tags) {
    if (/^zh(?![a-z])/i.test(tag)) return /^(?!.*hans).*(hant|tw|hk|mo)/i.test(tag) ? "zh-Hant" : "zh-Hans";
    if (/^en(?![a-z])/i.test(tag)) return "en";
  }
  return "en";
}

let words: Words = hans;
let own: Record<string, string> = {};

/** More words of the language that the widget brings along. */
export const teach = (more: Partial<Words>): void => void Object.assign(hans, more);

/** Speak `locale`, which was learnt, from now on; `changes` are words of the site's own. */
export function speak(locale: Locale, changes: Record<string, string>): void {
  words = here[locale] ?? words;
  own = changes;
}

/** The words for `key`, with `values` in the places of {0}, {1}. */
export function t(key: Word, ...values: (string | number)[]): string {
  const text = Object.hasOwn(own, key) ? String(own[key]) : words[key];
  return text.replace(/\{(\d)\}/g, (_, place: string) => String(values[Number(place)] ?? ""));
}

/** "10:32", "昨天 10:32", "11月3日 10:32" */
export function moment(seconds: number, now = new Date()): string {
  const date = new Date(seconds * 1000);
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(t("lang"), options).format(date);
  const time = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0) return time;
  if (days === 1) return `${t("yesterday")} ${time}`;
  const isThisYear = date.getFullYear() === now.getFullYear();
  return `${format({ month: "short", day: "numeric", ...(isThisYear ? {} : { year: "numeric" }) })} ${time}`;
}

const midnight = (date: Date) =>
  new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** "1.5 MB" */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  const isLarge = size >= 1024 * 1024;
  const value = size / (isLarge ? 1024 * 1024 : 1024);
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${isLarge ? "MB" : "KB"}`;
}
