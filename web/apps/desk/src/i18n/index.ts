/**
 * The words of the desk: one file a language and area.
 *
 * Those of every day are fetched with the language, those of administration with its first screen.
 */

import { computed, shallowRef } from "vue";
import type { DailyWords } from "./locales/zh-CN/index.ts";
import type { OfficeWords } from "./locales/zh-CN/office.ts";

export type Key = keyof DailyWords | keyof OfficeWords;
export type Words = Readonly<Partial<Record<Key, string>>>;
export type Language = "zh-CN" | "en";
export type Values = Readonly<Record<string, string | number>>;

export const LANGUAGES: Readonly<Record<Language, string>> = { "zh-CN": "简体中文", en: "English" };

/** Where the language is kept before one is signed in. */
const KEPT = "kefu.desk.language";

type Loaders = Readonly<Record<Language, () => Promise<{ words: Words }>>>;

const DAILY: Loaders = {
  "zh-CN": () => import("./locales/zh-CN/index.ts"),
  en: () => import("./locales/en/index.ts"),
};
const OFFICE: Loaders = {
  "zh-CN": () => import("./locales/zh-CN/office.ts"),
  en: () => import("./locales/en/office.ts"),
};

let needsOffice = false;

const current = shallowRef<{ language: Language; words: Words } | null>(null);

export const language = computed<Language>(() => current.value?.language ?? "zh-CN");

/** Return the words for `key`, with `{name}` filled in; `n` chooses between "one | many". */
export function t(key: Key, values?: Values): string {
  const text = current.value?.words[key] ?? key;
  return values ? fill(text, values) : text;
}

/** Return the words for a key that is put together from what a server says, or the fallback. */
export function tMaybe(key: string, fallback: string, values?: Values): string {
  const text = (current.value?.words as Readonly<Record<string, string>> | undefined)?.[key];
  return text === undefined ? fallback : values ? fill(text, values) : text;
}

export function fill(text: string, values: Values): string {
  const forms = text.split(" | ");
  const form = forms.length > 1 && values["n"] !== 1 ? forms[1]! : forms[0]!;
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function isLanguage(value: unknown): value is Language {
  return typeof value === "string" && Object.hasOwn(LANGUAGES, value);
}

/** Return the language to begin with: what was chosen here before, or the browser's. */
export function firstLanguage(): Language {
  const kept = readKept();
  if (isLanguage(kept)) return kept;
  return navigator.languages.some((one) => /^zh/i.test(one)) || !/^en/i.test(navigator.language) ? "zh-CN" : "en";
}

/** Load a language and show everything in it from now on. */
export async function setLanguage(next: Language): Promise<void> {
  const loaded = await Promise.all([DAILY[next](), ...(needsOffice ? [OFFICE[next]()] : [])]);
  current.value = { language: next, words: Object.assign({}, ...loaded.map(({ words }) => words)) as Words };
  document.documentElement.lang = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Storage may be off: the language then comes from the account.
  }
}

/** Fetch a screen with the words of administration. */
export async function withOfficeWords<T>(screen: () => Promise<T>): Promise<T> {
  const [fetched] = await Promise.all([screen(), fetchOfficeWords()]);
  return fetched;
}

async function fetchOfficeWords(): Promise<void> {
  if (needsOffice) return;
  needsOffice = true;
  await setLanguage(language.value).catch((error: unknown) => {
    needsOffice = false;
    throw error;
  });
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
