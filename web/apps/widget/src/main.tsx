import { h, render } from "preact";
import { readConfig } from "./config";
import { shared } from "./core";
import { fetchFrom, partsLater } from "./later";
import { Chat } from "./model/chat";
import { connectApi } from "./api";
import style from "./style.css?inline";
import { App } from "./ui/app";
import { show } from "./ui/context";
import { paint } from "./ui/theme";

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[src*="widget.js"]');

async function start(): Promise<void> {
  if (document.querySelector("kefu-widget")) return; // the tag stands in the page twice
  const config = readConfig(script);
  const host = document.createElement("kefu-widget");
  const shadow = host.attachShadow({ mode: "open" });
  const root = document.createElement("div");
  root.className = `k k-${config.mode} k-${config.position}`;
  shadow.append(root);
  document.documentElement.append(host); // outside of what the page does to its body
  // What is typed here is nobody else's business, least of all of the page's shortcuts.
  for (const event of ["keydown", "keyup", "keypress"]) root.addEventListener(event, (e) => e.stopPropagation());
  dress(shadow, style);
  fetchFrom(config.base, (more) => dress(shadow, more));

  const chat = new Chat(config);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawColours = () => {
    const theme = config.theme === "auto" ? (dark.matches ? "dark" : "light") : config.theme;
    paint(root, config.color, theme);
  };
  connectApi(chat, config, drawColours);
  await chat.learn();
  dark.addEventListener("change", drawColours);
  drawColours();
  show(chat);
  const draw = () => {
    root.lang = chat.locale;
    root.classList.toggle("is-open", chat.isOpen);
    render(<App config={config} />, root);
  };
  chat.watch(draw);
  draw();
  const settle = () => void partsLater().then((parts) => parts.settle(chat, config, root), () => undefined);
  if (chat.isOpen) settle();
  else chat.whenOpened = settle;
  if (config.isOpen) chat.open();
  chat.start();
  if (config.greeting && !chat.store.get("greeted")) setTimeout(() => {
    chat.greet(config.greeting);
    chat.store.set("greeted", "1");
  }, config.greetingAfter * 1000);
}

/** Styles that the page's policy cannot forbid, and its own rules cannot reach. */
function dress(shadow: ShadowRoot, text: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  } catch {
    const element = document.createElement("style");
    element.textContent = text;
    shadow.append(element);
  }
}

// The parts that are fetched later find here what they share with this.
(globalThis as Record<symbol, unknown>)[Symbol.for("kefu")] = shared;

if (document.body) void start();
else document.addEventListener("DOMContentLoaded", () => void start());
