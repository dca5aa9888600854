import type { Chat, ChatEvents } from "./model/chat";
import type { Config } from "./config";
import { localeOf } from "./words";

type Listener = (detail: unknown) => void;

/** What a page can ask of the widget, as `window.Kefu`. */
export interface KefuApi {
  open(): void;
  close(): void;
  toggle(): void;
  /** Sign the customer in with the shop's token; null signs out. */
  setUser(token: string | null): void;
  setAttributes(data: Record<string, unknown>): void;
  setLocale(tag: string): void;
  setTheme(theme: "auto" | "light" | "dark"): void;
  /** Something the customer has done, as putting a thing into the cart. */
  track(event: string, data?: Record<string, unknown>): void;
  /** Whether visits may be kept. */
  consent(on: boolean): void;
  /** Offer help beside the closed button. */
  greet(text: string): void;
  /** Call `listener` at each event; returns the function that ends it. */
  on(event: keyof ChatEvents, listener: Listener): () => void;
}

interface Stub {
  q?: [keyof KefuApi, ...unknown[]][];
}

/** Put `window.Kefu` there, and do what was asked of the stub before. */
export function connectApi(chat: Chat, config: Config, draw: () => void): void {
  const listeners = new Map<string, Set<Listener>>();
  chat.tell = (event, detail) => {
    // Later, so that what goes wrong in the page's own listeners is no trouble here.
    for (const listener of listeners.get(event) ?? []) setTimeout(listener, 0, detail);
  };
  const api: KefuApi = {
    open: () => chat.open(),
    close: () => chat.close(),
    toggle: () => (chat.isOpen ? chat.close() : chat.open()),
    setUser: (token) => {
      chat.line.signIn(token ?? undefined);
      if (token === null) chat.forget();
      else chat.connect();
    },
    setAttributes: (data) => chat.line.signalLater({ type: "attributes", data }),
    setLocale: (tag) => void chat.speakLocale(localeOf([tag]), false),
    setTheme: (theme) => {
      config.theme = theme;
      draw();
    },
    track: (event, data) => chat.line.signalLater({ type: "track", event, ...(data ? { data } : {}) }),
    consent: (on) => chat.line.consent(on),
    greet: (text) => chat.greet(text),
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener));
      return () => known.delete(listener);
    },
  };
  const page = window as unknown as { Kefu?: Stub };
  const asked = page.Kefu?.q ?? [];
  (page as { Kefu?: unknown }).Kefu = api;
  for (const [name, ...args] of asked) (api[name] as ((...args: unknown[]) => unknown) | undefined)?.(...args);
}
