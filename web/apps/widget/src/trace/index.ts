// A panel beside the chat page's conversation: how each message was understood, and what decided
// the answer. Fetched only where the server watches the project's files; customers never get it.

import style from "./style.css?inline";
import { chosen, components, conversationOf, entityText, percent, place, policy, ranking, slots, time, type Decision, type Turn, type Words } from "./view";

const script = document.currentScript as HTMLScriptElement | null;
const address = new URL("../watch/turns", script?.src ?? location.href);
const TOKEN = "kefu.token";
const OPEN = "kefu.details";
const SETTLES = 300;
/** The conversation makes room where there is any. */
const ROOM = new CSSStyleSheet();
ROOM.replaceSync(`@media (min-width: 960px) {
  .k-page .panel { left: calc((100vw - 400px) / 2); width: min(760px, 100vw - 448px); }
}`);

type Kefu = { on?(event: string, listener: () => void): void };

const host = document.createElement("kefu-details");
const shadow = host.attachShadow({ mode: "open" });
const sheet = document.createElement("style");
sheet.textContent = style;
const box = make("div", "box");
shadow.append(sheet, box);
document.documentElement.append(host);

const body = make("div", "turns");
let turns: Turn[] = [];
let hasFailed = false;
let isOpen = localStorage.getItem(OPEN) === "1";
let waiting = 0;

function make(tag: string, look = "", ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (look) element.className = look;
  element.append(...children);
  return element;
}

function button(look: string, label: string, text: string, act: () => void): HTMLElement {
  const element = make("button", look, text) as HTMLButtonElement;
  element.type = "button";
  element.title = label;
  element.setAttribute("aria-label", label);
  element.onclick = act;
  return element;
}

/** The language that the widget speaks, which may change. */
function words(): Words {
  const widget = document.querySelector("kefu-widget")?.shadowRoot?.querySelector<HTMLElement>("[lang]");
  return chosen(widget?.lang || navigator.language);
}

function toggle(open: boolean): void {
  isOpen = open;
  localStorage.setItem(OPEN, open ? "1" : "0");
  draw();
  shadow.querySelector<HTMLElement>("button")?.focus();
  if (open) void load();
}

function makeRoom(): void {
  const shadow = document.querySelector("kefu-widget")?.shadowRoot;
  if (!shadow) return;
  const others = [...shadow.adoptedStyleSheets].filter((one) => one !== ROOM);
  shadow.adoptedStyleSheets = isOpen ? [...others, ROOM] : others;
}

function draw(): void {
  makeRoom();
  const w = words();
  if (!isOpen) {
    box.replaceChildren(button("opener", w.open, "{ }", () => toggle(true)));
    return;
  }
  const head = make("header", "", make("h2", "", w.title), button("close", w.close, "×", () => toggle(false)));
  body.tabIndex = 0;
  const panel = make("aside", "panel", head, body);
  panel.setAttribute("aria-label", w.title);
  panel.onkeydown = (event) => event.key === "Escape" && toggle(false);
  box.replaceChildren(panel);
  drawTurns();
}

/** The turns alone, so that whoever is in the panel with the keyboard stays there. */
function drawTurns(): void {
  const w = words();
  const said = hasFailed ? [make("p", "hint", w.failed)] : turns.map((turn, at) => drawTurn(turn, at === 0, w));
  body.replaceChildren(...(said.length ? said : [make("p", "hint", w.empty)]));
}

function drawTurn(turn: Turn, isLast: boolean, w: Words): HTMLElement {
  const details = make("details", "turn", make("summary", "", turn.text || w.none)) as HTMLDetailsElement;
  details.open = isLast;
  details.append(section(w.intent, ...ranking(turn).map(({ name, confidence }) => bar(name || w.none, confidence))));
  if (turn.answer) details.append(section(w.answer, bar(turn.answer.name || w.none, turn.answer.confidence)));
  if (turn.beside) {
    const { text, intent } = turn.beside;
    details.append(section(w.beside, make("span", "about", text), bar(intent.name || w.none, intent.confidence)));
  }
  if (turn.sentiment) details.append(section(w.mood, make("span", "chip", turn.sentiment)));
  if (turn.entities.length) {
    details.append(section(w.entities, ...turn.entities.map((one) => make("span", "chip", entityText(one)))));
  }
  const list = make("ol", "", ...turn.decisions.map((one) => drawDecision(one, w)));
  if (turn.decisions.length) details.append(section(w.decisions, list));
  if (turn.active_loop) details.append(section(w.form, make("span", "chip", turn.active_loop)));
  const rows = slots(turn).map(({ name, value, isNew }) =>
    make("tr", isNew ? "new" : "", make("th", "", name), make("td", "", value)),
  );
  if (rows.length) details.append(section(w.slots, make("table", "", make("tbody", "", ...rows))));
  const parts = components(turn, w).map(({ name, value, share }) => bar(name, share, value));
  if (parts.length) details.append(section(w.components, ...parts));
  details.append(make("p", "time", time(turn, w)));
  return details;
}

function section(title: string, ...children: Node[]): HTMLElement {
  return make("section", "", make("h3", "", title), ...children);
}

function bar(name: string, share: number, value = percent(share)): HTMLElement {
  const fill = make("i");
  fill.style.width = percent(share);
  return make("div", "bar", fill, make("span", "name", name), make("span", "sure", value));
}

function drawDecision(decision: Decision, w: Words): HTMLElement {
  const taken = decision.milliseconds === null ? "" : `${Math.round(decision.milliseconds)} ms`;
  const about = [policy(decision, w), taken, decision.rejected ? w.declined : ""].filter(Boolean).join(" · ");
  const item = make("li", "", make("b", "", decision.action), make("span", "about", about));
  for (const origin of decision.origins) {
    const where = place(origin);
    const link = button("place", `${w.copy}: ${where}`, where, () => {
      void navigator.clipboard?.writeText(where.replace(/-\d+$/, "")).then(() => (link.dataset["said"] = w.copied));
    });
    item.append(make("span", "origin", link, make("span", "about", `${w.kinds[origin.kind] ?? origin.kind} ${origin.name}`)));
  }
  return item;
}

async function load(): Promise<void> {
  const conversation = conversationOf(localStorage.getItem(TOKEN));
  if (!isOpen || !conversation) return;
  address.searchParams.set("conversation", conversation);
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (answer.status === 404) {
      host.remove(); // not for this browser, or the server no longer watches
      isOpen = false;
      makeRoom();
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    turns = ((await answer.json()) as { turns: Turn[] }).turns;
    hasFailed = false;
  } catch {
    hasFailed = true;
  }
  drawTurns();
}

/** The last of several messages that come together is the one to look at. */
function loadSoon(): void {
  clearTimeout(waiting);
  waiting = window.setTimeout(() => void load(), SETTLES);
}

function listen(): void {
  const { Kefu: kefu } = window as unknown as { Kefu?: Kefu };
  for (const event of ["ready", "message", "state"]) kefu?.on?.(event, loadSoon);
}

draw();
listen();
void load();
