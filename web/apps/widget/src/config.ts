import { localeOf, type Locale } from "./words";

export type Mode = "bubble" | "page" | "frame";

/** How the site wants the widget: from the script tag, and on a page of its own from its address. */
export interface Config {
  /** Address of the server, with a slash at the end. */
  base: string;
  mode: Mode;
  /** Origins of the pages that may frame this one, as the server has them; `*`: all. */
  parents: string[];
  locale: Locale;
  theme: "auto" | "light" | "dark";
  position: "left" | "right";
  color: string;
  avatar: string;
  greeting: string;
  greetingAfter: number;
  announcement: string;
  /** Token of the shop for a customer who has signed in. */
  user: string;
  consent: boolean | undefined;
  hasLauncher: boolean;
  isOpen: boolean;
  /** Words of the site's own. */
  words: Record<string, string>;
}

type Values = Record<string, string | undefined>;

export function readConfig(script: HTMLScriptElement | null): Config {
  const data: Values = { ...script?.dataset };
  const mode = data["mode"] === "page" || data["mode"] === "frame" ? data["mode"] : "bubble";
  if (mode !== "bubble") Object.assign(data, ofAddress(location));
  const source = script?.src || location.href;
  const tags = data["locale"] ? [data["locale"]] : navigator.languages;
  return {
    base: new URL(".", source).href,
    mode,
    parents: (script?.dataset["parents"] ?? "").split(" "),
    locale: localeOf(tags),
    theme: data["theme"] === "light" || data["theme"] === "dark" ? data["theme"] : "auto",
    position: data["position"] === "left" ? "left" : "right",
    color: data["color"] ?? "",
    avatar: data["avatar"] ?? "",
    greeting: data["greeting"] ?? "",
    greetingAfter: Number(data["greetingAfter"] ?? 5),
    announcement: data["announcement"] ?? "",
    user: data["user"] ?? "",
    consent: data["consent"] === undefined ? undefined : data["consent"] !== "false",
    hasLauncher: data["launcher"] !== "off",
    isOpen: data["open"] === "true",
    words: data["title"] ? { title: data["title"] } : {},
  };
}

/** Settings in the address of the page: `?` for all, `#` for what shall not be in anybody's logs. */
function ofAddress({ search, hash }: Location): Values {
  const values = new URLSearchParams(search);
  new URLSearchParams(hash.slice(1)).forEach((value, key) => values.set(key, value));
  const camel = (key: string) => key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries([...values].map(([key, value]) => [camel(key), value]));
}

/** Under what name the browser keeps things: one for each server that a page talks to. */
export function storePrefix(base: string): string {
  return base === `${location.origin}/` ? "kefu." : `kefu@${base}.`;
}
