import type { KefuApi } from "../api";
import { t, type Chat, type Config } from "../core";
import { fitKeyboard, useBackButton } from "./phone";

const EVENTS = ["ready", "open", "close", "message", "unread", "state", "error"] as const;

/** What is needed on a phone, on a page of its own, and in a frame. */
export function settle(chat: Chat, config: Config, root: HTMLElement): void {
  if (matchMedia("(pointer: coarse)").matches) {
    fitKeyboard(root);
    useBackButton(chat, config.mode);
  }
  if (config.mode === "bubble") followPage(chat);
  if (config.mode !== "bubble") {
    namePage(chat);
    chat.watch(() => namePage(chat));
  }
  if (config.mode === "page") void keepShell(chat, config.base);
  if (config.mode === "frame" && window.parent !== window) listenToParent(config.parents);
}

/** The page is the conversation: its name says so, and how much is unread. */
function namePage(chat: Chat): void {
  document.documentElement.lang = chat.locale;
  const title = document.hidden && chat.unread ? `(${chat.unread}) ${t("title")}` : t("title");
  if (document.title !== title) document.title = title;
}

/** A shop that changes its pages without loading them anew has visits all the same. */
function followPage(chat: Chat): void {
  let at = location.href;
  const look = () => {
    if (location.href === at) return;
    const referrer = at;
    at = location.href;
    chat.line.signal({ type: "visit", url: at, title: document.title, referrer });
  };
  const { navigation } = window as unknown as { navigation?: EventTarget };
  if (navigation) navigation.addEventListener("navigatesuccess", look);
  else addEventListener("popstate", look);
}

/** A service worker keeps the page and the published answers for when there is no network. */
async function keepShell({ line }: Chat, base: string): Promise<void> {
  const here = location.origin + location.pathname;
  if (!("serviceWorker" in navigator) || (here !== base && here !== `${base}widget/`)) return;
  // The answers were fetched before it was there: once more, so that it has them.
  navigator.serviceWorker.oncontrollerchange = () => void line.faq().catch(() => undefined);
  try {
    await navigator.serviceWorker.register(`${base}widget/sw.js`, { scope: base });
  } catch {
    // The browser does not want to: everything works, but for a reload without network.
  }
}

/**
 * The page around a frame hears of events and makes calls by messages, if its origin is one of
 * `parents`, those that the server lets frame it, or the server's own.
 */
function listenToParent(parents: string[]): void {
  const api = (window as unknown as { Kefu: KefuApi }).Kefu;
  const isAllowed = (origin: string) =>
    /^http/.test(origin) && [origin, "*"].some((one) => one === location.origin || parents.includes(one));
  let parent = location.ancestorOrigins?.[0] ?? document.referrer.split("/", 3).join("/");
  const tell = (event: string, detail?: unknown) => {
    if (isAllowed(parent)) window.parent.postMessage({ source: "kefu", event, detail }, parent);
  };
  for (const event of EVENTS) api.on(event, (detail) => tell(event, detail));
  tell("ready");
  addEventListener("message", ({ source, origin, data }: MessageEvent<Call | null>) => {
    if (source !== window.parent || !isAllowed(origin)) return;
    if (data?.source !== "kefu" || !Object.hasOwn(api, data.call)) return;
    if (parent !== origin) {
      parent = origin; // a browser that does not tell, and a page that sends no referrer
      tell("ready");
    }
    (api[data.call] as (...args: unknown[]) => unknown)(...(data.args ?? []));
  });
}

interface Call {
  source: string;
  call: keyof KefuApi;
  args?: unknown[];
}
