/** The words of the desk: one file a language and area, loaded with the language. */

import { computed, shallowRef } from "vue";
import type { Words } from "./locales/zh-CN/index.ts";

export type { Words };
export type Key = keyof Words;
export type Language = "zh-CN" | "en";
export type Values = Readonly<Record<string, string | number>>;

export const LANGUAGES: Readonly<Record<Language, string>> = { "zh-CN": "简体中文", en: "English" };

/** Where the language is kept before one is signed in. */
const KEPT = "kefu.desk.language";

const LOADERS: Readonly<Record<Language, () => Promise<{ words: Words }>>> = {
  "zh-CN": () => import("./locales/zh-CN/index.ts"),
  en: () => import("./locales/en/index.ts"),
};

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
  const { words } = await LOADERS[next]();
  current.value = { language: next, words };
  document.documentElement.lang = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Storage may be off: the language then comes from the account.
  }
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
