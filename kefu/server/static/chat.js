// The chat page: shows what the line brings, sends what the customer writes.

import { mine, notice, setState, theirs, timeLine } from "./bubbles.js";
import { Line } from "./line.js";
import * as store from "./store.js";
import { languageCode, switchLanguage, word } from "./words.js";

const DRAFT = "kefu.draft";
const SAME_TIME = 300;
const NEAR_END = 80;
const TYPING_AT_MOST = 60_000;

const $ = (id) => document.getElementById(id);
const log = $("log");
const scroll = $("scroll");
const input = $("text");
const pointsFinely = matchMedia("(pointer: fine)").matches;

const line = new Line(languageCode());
const rows = new Map(); // id of an own message -> its row
let frames = []; // what is on the screen, to show it again in another language
let lastTime = 0;
let isFresh = true; // until the first "synced": the past is being shown
let human = ""; // "queued" while the customer waits for an agent, "human" once one has spoken
let unseen = 0;
let typingTimer = 0;
let offlineTimer = 0;
let flashTimer = 0;

// -- what the line brings

line.addEventListener("state", ({ detail }) => showState(detail.open));
line.addEventListener("reset", clear);
line.addEventListener("synced", caughtUp);
line.addEventListener("logged", ({ detail }) => {
  frames.push(detail);
  show(detail);
});
line.addEventListener("accepted", ({ detail }) => mark(detail.id, "sent"));
line.addEventListener("refused", ({ detail }) => refused(detail));
line.addEventListener("typing", ({ detail }) => showTyping(detail.on));

function show(frame) {
  const wasNear = isNearEnd();
  if (frame.type === "notice") showNotice(frame);
  else if (frame.from === "customer") showMine(frame);
  else showTheirs(frame);
  $("empty").hidden = true;
  afterwards(wasNear, frame.from !== "customer");
}

function showMine(frame) {
  const row = rows.get(frame.id);
  if (row) {
    setState(row, "answered");
    return;
  }
  timed(frame.at);
  add(mine(frame.text, "answered"), frame.id);
}

function showTheirs(frame) {
  timed(frame.at);
  add(theirs(frame, choose));
  if (human && frame.from === "agent") {
    human = "human";
    showState(line.isOpen);
  }
  if (!isFresh && document.hidden) announceInTitle();
}

function showNotice(frame) {
  if (frame.notice === "restarted") {
    const kept = [...rows].filter(([, row]) => ["sending", "waiting", "failed"].includes(row.dataset.state));
    wipe();
    for (const [id, row] of kept) add(row, id);
  }
  human = frame.notice === "paused" ? "queued" : "";
  log.append(notice(word(frame.notice)));
  showState(line.isOpen);
}

function caughtUp() {
  if (!isFresh) return;
  isFresh = false;
  for (const message of line.unsent) if (!rows.has(message.id)) showPending(message);
  $("empty").hidden = log.children.length > 0;
  scroll.scrollTop = scroll.scrollHeight;
  // Only what is new from here on is read aloud.
  requestAnimationFrame(() => log.setAttribute("aria-live", "polite"));
}

function refused({ id, code }) {
  const row = rows.get(id);
  if (code === "too_many") flash(word("tooMany"));
  if (row) setState(row, "failed", () => resend(id));
}

// -- what the customer does

function say(text, title) {
  const message = { id: newId(), text };
  if (title && title !== text) message.title = title;
  showPending(message);
  line.send(message);
  $("empty").hidden = true;
  toEnd();
}

function showPending(message) {
  const row = mine(message.title ?? message.text, line.isOpen ? "sending" : "waiting");
  row.message = message;
  timed(Date.now() / 1000);
  add(row, message.id);
}

function resend(id) {
  const row = rows.get(id);
  setState(row, line.isOpen ? "sending" : "waiting");
  line.send(row.message);
  if (pointsFinely) input.focus();
}

function choose(payload, title) {
  say(payload, title);
  if (pointsFinely) input.focus();
}

function mark(id, state) {
  const row = rows.get(id);
  if (row && row.dataset.state !== "answered") setState(row, state);
}

// crypto.randomUUID is there on secure origins only.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  drafted();
  say(text);
  input.focus();
});

input.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // an input method is at work
  if (event.key !== "Enter" || event.shiftKey || composing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

input.addEventListener("input", drafted);

function drafted() {
  $("send").disabled = !input.value.trim();
  store.set(DRAFT, input.value);
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
}

$("restart").addEventListener("click", () => $("ask").showModal());
$("ask").addEventListener("click", (event) => event.target === $("ask") && $("ask").close("no"));
$("ask").addEventListener("close", () => {
  if ($("ask").returnValue === "yes") {
    const message = { id: newId(), text: "/restart" };
    line.send(message);
  }
  $("ask").returnValue = "";
});

$("language").addEventListener("click", () => {
  switchLanguage();
  translate();
  const pending = [...rows.values()].filter((row) => row.message && row.dataset.state !== "answered");
  wipe();
  isFresh = true;
  for (const frame of frames.slice(frames.findLastIndex((f) => f.notice === "restarted") + 1)) show(frame);
  isFresh = false;
  for (const row of pending) {
    if (rows.has(row.message.id)) continue;
    showPending(row.message);
    if (row.dataset.state === "failed") refused({ id: row.message.id });
  }
  showState(line.isOpen);
  $("empty").hidden = log.children.length > 0;
  toEnd();
});

// -- the list

function add(row, id) {
  if (id) rows.set(id, row);
  const previous = log.lastElementChild;
  const side = row.classList.contains("row-mine") ? "row-mine" : "row-them";
  row.classList.toggle("row-follows", Boolean(previous?.classList.contains(side)));
  if (isFresh) row.classList.add("row-old");
  log.append(row);
}

function timed(seconds) {
  if (seconds && seconds - lastTime > SAME_TIME) log.append(timeLine(seconds));
  lastTime = seconds || lastTime;
}

function wipe() {
  log.replaceChildren();
  rows.clear();
  lastTime = 0;
}

function clear() {
  wipe();
  frames = [];
  isFresh = true;
  human = "";
  log.setAttribute("aria-live", "off");
}

const isNearEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  seen();
}

function afterwards(wasNear, isTheirs) {
  if (isFresh) return;
  if (wasNear) toEnd();
  else if (isTheirs) {
    unseen += 1;
    showJump();
  }
}

function showJump() {
  $("jump").hidden = isNearEnd();
  $("jump-text").textContent = unseen ? word("newMessages")(unseen) : word("toBottom");
}

function seen() {
  unseen = 0;
  showJump();
}

$("jump").addEventListener("click", toEnd);
scroll.addEventListener("scroll", () => (isNearEnd() ? seen() : showJump()), { passive: true });
// Pictures that arrive late, and the keyboard of a phone, must not push the end out of sight.
let wasAtEnd = true;
scroll.addEventListener("scroll", () => (wasAtEnd = isNearEnd()), { passive: true });
new ResizeObserver(() => wasAtEnd && toEnd()).observe(scroll);
new ResizeObserver(() => wasAtEnd && toEnd()).observe(log);

// -- state

function showState(isOpen) {
  const state = isOpen ? human || "online" : isFresh ? "connecting" : "offline";
  $("status").dataset.state = state;
  $("status-text").textContent = word(state);
  if (isOpen) {
    clearTimeout(offlineTimer);
    offlineTimer = 0;
    showBanner(human ? word("pausedBanner") : "");
    for (const row of rows.values()) if (row.dataset.state === "waiting") setState(row, "sending");
    return;
  }
  showTyping(false);
  for (const row of rows.values()) if (row.dataset.state === "sending") setState(row, "waiting");
  // A short gap, as when the server is started again, is not worth a banner.
  if (!isFresh) offlineTimer ||= setTimeout(() => showBanner(word("offlineBanner"), true), 1500);
}

function showBanner(text, isWarning = false) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
  $("banner").classList.toggle("banner-warning", isWarning);
}

function flash(text) {
  showBanner(text, true);
  clearTimeout(flashTimer);
  flashTimer = setTimeout(() => showState(line.isOpen), 4000);
}

function showTyping(on) {
  clearTimeout(typingTimer);
  const wasNear = isNearEnd();
  $("typing").hidden = !on || Boolean(human);
  if (on) typingTimer = setTimeout(() => showTyping(false), TYPING_AT_MOST);
  if (on && wasNear) toEnd();
}

let hiddenMessages = 0;

function announceInTitle() {
  hiddenMessages += 1;
  document.title = `(${hiddenMessages}) ${word("title")}`;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  hiddenMessages = 0;
  document.title = word("title");
});

function translate() {
  document.documentElement.lang = languageCode();
  document.title = word("title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
  input.placeholder = word("placeholder");
  label($("send"), "send");
  label($("restart"), "restart");
  label($("language"), "language");
  $("language").firstElementChild.textContent = word("otherLanguage");
  showJump();
}

function label(button, name) {
  button.setAttribute("aria-label", word(name));
  button.title = word(name);
}

translate();
input.value = store.get(DRAFT) ?? "";
drafted();
if (pointsFinely) input.focus();
line.open();
