// The line to the server: a WebSocket that comes back by itself, or long polling where WebSockets
// do not get through. It remembers what was seen (the cursor) and what was not yet taken (the
// outbox), so that nothing is lost or doubled whatever happens to the connection. Messages go one
// by one, the next when the one before is taken, so that they arrive in order.

import * as store from "./store.js";

const BASE = "/webhooks/web";
const TOKEN = "kefu.token";
const OUTBOX = "kefu.outbox";
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const WELCOME_WITHIN = 15_000;
const ACCEPT_WITHIN = 12_000;
const TRY_AGAIN_AFTER = 2_000;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 15_000;
const SOCKET_CHANCES = 3;
const POLL_WAIT = 25;

export class Line extends EventTarget {
  #cursor = 0;
  #socket = null;
  #isOpen = false;
  #isOpening = false;
  #failures = 0;
  #everOpened = false;
  #retry = 0;
  #ping = 0;
  #pong = 0;
  #polling = null;
  #underway = null; // id of the message that was sent and is not taken yet
  #watch = 0;
  #locale;

  constructor(locale) {
    super();
    this.#locale = locale;
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#drop());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    addEventListener("storage", (event) => event.key === TOKEN && this.#identityChanged());
  }

  get isOpen() {
    return this.#isOpen;
  }

  get unsent() {
    return outbox();
  }

  async open() {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#tell("state", { open: false });
    try {
      await haveToken();
    } catch {
      this.#again();
      return;
    } finally {
      this.#isOpening = false;
    }
    if (!this.#everOpened && this.#failures >= SOCKET_CHANCES) this.#poll();
    else this.#connect();
  }

  send(message) {
    keep([...outbox().filter((other) => other.id !== message.id), message]);
    this.#next();
  }

  // -- WebSocket

  #connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${BASE}/socket`);
    this.#socket = socket;
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#drop(), WELCOME_WITHIN);
    socket.onopen = () => {
      const token = store.get(TOKEN);
      socket.send(JSON.stringify({ type: "hello", token, last_seq: this.#cursor, locale: this.#locale }));
    };
    socket.onmessage = (event) => socket === this.#socket && this.#take(JSON.parse(event.data));
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  #take(frame) {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "pong":
        clearTimeout(this.#pong);
        break;
      case "synced":
        this.#cursor = Math.max(this.#cursor, frame.seq);
        this.#tell("synced");
        break;
      case "accepted":
        this.#settled(frame.id);
        this.#tell("accepted", frame);
        break;
      case "reset":
        this.#cursor = 0;
        this.#tell("reset");
        break;
      case "message":
      case "notice":
        this.#logged(frame);
        break;
      case "error":
        this.#refused(frame);
        break;
      default:
        this.#tell(frame.type, frame);
    }
  }

  #welcomed(frame) {
    if (frame.token !== store.get(TOKEN)) {
      store.set(TOKEN, frame.token);
      this.#cursor = 0;
      this.#tell("reset");
    }
    this.#opened();
  }

  #opened() {
    clearTimeout(this.#pong);
    this.#isOpen = true;
    this.#everOpened = this.#everOpened || this.#socket !== null;
    this.#failures = 0;
    this.#tell("state", { open: true });
    if (this.#socket) {
      clearInterval(this.#ping);
      this.#ping = setInterval(() => this.#knock(), PING_EVERY);
    }
    this.#next();
  }

  #logged(frame) {
    if (frame.seq <= this.#cursor) return;
    this.#cursor = frame.seq;
    if (frame.from === "customer") this.#settled(frame.id);
    this.#tell("logged", frame);
  }

  #refused(frame) {
    if (frame.code === "unavailable") {
      clearTimeout(this.#watch);
      if (frame.id) this.#watch = setTimeout(() => this.#send(), TRY_AGAIN_AFTER);
      return;
    }
    this.#tell("refused", frame);
    if (frame.id) this.#settled(frame.id);
  }

  #knock() {
    this.#write({ type: "ping" });
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#drop(), PONG_WITHIN);
  }

  #write(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  // -- messages on their way

  #next() {
    if (this.#isOpen && this.#underway === null) this.#send();
  }

  #send() {
    clearTimeout(this.#watch);
    const message = this.#isOpen ? outbox()[0] : undefined;
    this.#underway = message?.id ?? null;
    if (!message) return;
    this.#watch = setTimeout(() => this.#refused({ id: message.id, code: "late" }), ACCEPT_WITHIN);
    if (this.#polling) this.#post(message);
    else this.#write({ type: "message", ...message });
  }

  // The message is taken, or given up.
  #settled(id) {
    const kept = outbox();
    const left = kept.filter((message) => message.id !== id);
    if (left.length !== kept.length) keep(left);
    if (this.#underway !== id) return;
    this.#underway = null;
    clearTimeout(this.#watch);
    this.#next();
  }

  // -- loss and return

  #drop() {
    this.#socket?.close();
    if (this.#socket) this.#lost();
  }

  #lost() {
    this.#socket = null;
    this.#again();
  }

  #again() {
    this.#isOpen = false;
    clearInterval(this.#ping);
    clearTimeout(this.#pong);
    clearTimeout(this.#watch);
    this.#underway = null;
    this.#failures += 1;
    this.#tell("state", { open: false });
    // Full jitter: after a restart of the server not everybody comes at the same moment.
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures, 8));
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), 150 + Math.random() * longest);
  }

  #hurry() {
    if (this.#isOpen) {
      if (this.#socket) this.#knock();
      return;
    }
    if (this.#socket || this.#polling) return;
    clearTimeout(this.#retry);
    this.open();
  }

  #identityChanged() {
    this.#cursor = 0;
    this.#tell("reset");
    this.#polling?.abort();
    this.#drop();
  }

  // -- long polling

  async #poll() {
    const polling = new AbortController();
    this.#polling = polling;
    try {
      await this.#fetchEvents(0, polling.signal);
      this.#opened();
      while (!polling.signal.aborted) await this.#fetchEvents(POLL_WAIT, polling.signal);
    } catch {
      // The connection failed or was given up: begin again below.
    }
    this.#polling = null;
    this.#again();
  }

  async #fetchEvents(wait, signal) {
    const query = `after=${this.#cursor}&wait=${wait}`;
    const response = await fetch(`${BASE}/events?${query}`, { headers: authorization(), signal });
    if (response.status === 401) store.remove(TOKEN);
    if (!response.ok) throw new Error(response.statusText);
    const news = await response.json();
    if (news.reset) this.#tell("reset");
    if (news.reset) this.#cursor = 0;
    for (const frame of news.frames) this.#logged(frame);
    this.#cursor = news.seq;
    this.#tell("synced");
    if (news.frames.some((frame) => frame.from !== "customer")) this.#tell("typing", { on: false });
  }

  async #post(message) {
    try {
      const body = JSON.stringify({ type: "message", ...message });
      const response = await fetch(`${BASE}/messages`, { method: "POST", headers: authorization(), body });
      if (response.status === 429) this.#refused({ id: message.id, code: "too_many" });
      else if (!response.ok) throw new Error(response.statusText);
      else this.#take({ type: "accepted", id: message.id });
    } catch {
      this.#polling?.abort();
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const authorization = () => ({
  Authorization: `Bearer ${store.get(TOKEN)}`,
  "Content-Type": "application/json",
});

async function haveToken() {
  if (store.get(TOKEN)) return;
  // Two tabs opened at once shall be one visitor.
  if (navigator.locks) await navigator.locks.request(TOKEN, fetchToken);
  else await fetchToken();
}

async function fetchToken() {
  if (store.get(TOKEN)) return;
  const response = await fetch(`${BASE}/visitors`, { method: "POST" });
  if (!response.ok) throw new Error(response.statusText);
  store.set(TOKEN, (await response.json()).token);
}

function outbox() {
  try {
    return JSON.parse(store.get(OUTBOX)) ?? [];
  } catch {
    return [];
  }
}

const keep = (messages) => store.set(OUTBOX, JSON.stringify(messages));
