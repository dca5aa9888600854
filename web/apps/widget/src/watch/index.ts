// Shows on the page of its own what `kefu run --watch` says: what was saved answers now, or what is
// wrong with it. Fetched only where the server watches.

import style from "./style.css?inline";
import { chosen, lasts, type State, type View, viewOf } from "./view";

const script = document.currentScript as HTMLScriptElement | null;
const address = new URL("../watch/news", script?.src ?? location.href);
const LIVE_SECONDS = 5;
const RETRY_SECONDS = 2;

const host = document.createElement("kefu-watch");
const shadow = host.attachShadow({ mode: "open" });
const box = document.createElement("div");
box.className = "box";
box.setAttribute("role", "status");
const sheet = document.createElement("style");
sheet.textContent = style;
shadow.append(sheet, box);
document.documentElement.append(host);

let fading = 0;

function show(view: View | null): void {
  clearTimeout(fading);
  box.replaceChildren(...(view ? [drawn(view)] : []));
  if (view && !lasts(view)) fading = window.setTimeout(() => box.replaceChildren(), LIVE_SECONDS * 1000);
}

function drawn(view: View): HTMLElement {
  const title = made("span", "title", view.title);
  if (!view.lines.length) return parent("p", `note ${view.look}`, title);
  const summary = parent("summary", "", title);
  const rows = view.lines.map((line) => {
    const place = made("code", "", line.place);
    const row = parent("li", "", ...(line.place ? [place] : []), made("span", "", line.message));
    if (line.advice) row.append(made("span", "advice", line.advice));
    return row;
  });
  const details = parent("details", `note ${view.look}`, summary, parent("ul", "", ...rows)) as HTMLDetailsElement;
  if (view.foot) details.append(made("p", "foot", view.foot));
  details.open = true;
  return details;
}

function parent(tag: string, look: string, ...children: HTMLElement[]): HTMLElement {
  const element = document.createElement(tag);
  if (look) element.className = look;
  element.append(...children);
  return element;
}

function made(tag: string, look: string, text: string): HTMLElement {
  const element = parent(tag, look);
  element.textContent = text;
  return element;
}

const pause = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000));

/** The language that the widget speaks, which may change. */
function language(): string {
  const widget = document.querySelector("kefu-widget")?.shadowRoot?.querySelector<HTMLElement>("[lang]");
  return widget?.lang || navigator.language;
}

async function follow(): Promise<void> {
  let number = -1;
  for (;;) {
    try {
      address.searchParams.set("after", String(number));
      const answer = await fetch(address, { cache: "no-store" });
      if (answer.status === 404) return; // not for this browser, or the server no longer watches
      if (!answer.ok) throw new Error(String(answer.status));
      const state = (await answer.json()) as State;
      if (state.number !== number) show(viewOf(state, chosen(language()), number < 0));
      number = state.number;
    } catch {
      await pause(RETRY_SECONDS);
    }
  }
}

void follow();
