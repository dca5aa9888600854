import { render } from "preact";
import { fitKeyboard, useBackButton } from "./browser/phone";
import { readConfig } from "./config";
import { Chat } from "./model/chat";
import { connectApi } from "./api";
import style from "./style.css?inline";
import { App } from "./ui/app";
import { paint } from "./ui/theme";
import { t } from "./words";

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');

function start(): void {
  if (document.querySelector("kefu-widget")) return; // the tag stands in the page twice
  const config = readConfig(script);
  const chat = new Chat(config);
  const host = document.createElement("kefu-widget");
  const shadow = host.attachShadow({ mode: "open" });
  dress(shadow);
  const root = document.createElement("div");
  root.className = `k k-${config.mode} k-${config.position}`;
  shadow.append(root);
  document.body.append(host);
  // What is typed here is nobody else's business, least of all of the page's shortcuts.
  for (const event of ["keydown", "keyup", "keypress"]) root.addEventListener(event, (e) => e.stopPropagation());

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const draw = () => {
    const theme = config.theme === "auto" ? (dark.matches ? "dark" : "light") : config.theme;
    paint(root, config.color, theme);
  };
  dark.addEventListener("change", draw);
  chat.watch(() => {
    root.lang = chat.locale;
    root.classList.toggle("is-open", chat.isOpen);
    if (config.mode !== "bubble") namePage(chat);
  });
  draw();
  render(<App chat={chat} config={config} />, root);
  fitKeyboard(root);
  useBackButton(chat, config.mode);
  connectApi(chat, config, draw);
  if (config.isOpen) chat.open();
  chat.start();
  if (config.greeting && !chat.store.get("greeted")) greetLater(chat, config.greeting, config.greetingAfter);
  if (config.mode === "page") void keepShell(config.base);
}

/** Styles that the page's policy cannot forbid, and its own rules cannot reach. */
function dress(shadow: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    shadow.adoptedStyleSheets = [sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = style;
    shadow.append(element);
  }
}

function greetLater(chat: Chat, text: string, seconds: number): void {
  setTimeout(() => {
    chat.greet(text);
    chat.store.set("greeted", "1");
  }, seconds * 1000);
}

/** The page is the conversation: its name says so, and how much is unread. */
function namePage(chat: Chat): void {
  document.documentElement.lang = chat.locale;
  const title = document.hidden && chat.unread ? `(${chat.unread}) ${t("title")}` : t("title");
  if (document.title !== title) document.title = title;
}

/** A service worker keeps the page and the published answers for when there is no network. */
async function keepShell(base: string): Promise<void> {
  if (!("serviceWorker" in navigator) || !location.href.startsWith(`${base}widget/`)) return;
  try {
    await navigator.serviceWorker.register(`${base}widget/sw.js`, { scope: `${base}widget/` });
  } catch {
    // The browser does not want to: everything works, but for a reload without network.
  }
}

if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);
