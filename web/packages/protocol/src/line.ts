import { Emitter } from "./emitter";
import type {
  ClientFrame,
  Faq,
  History,
  Logged,
  Outgoing,
  PageInfo,
  Refusal,
  ServerFrame,
  Signal,
  State,
  Ticks,
  Typing,
  Welcome,
} from "./frames";
import { alone } from "./locks";
import { Outbox } from "./outbox";
import { HttpError, refusalOf, Server } from "./server";
import type { Store } from "./store";

const TOKEN = "token";
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const WELCOME_WITHIN = 10_000;
const ACCEPT_WITHIN = 12_000;
const TRY_AGAIN_AFTER = 2_000;
const LATE_AT_MOST = 4;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 15_000;
const LEAST_PAUSE = 150;
/** After so many sockets that never opened, or that broke, polling is tried in turn with them. */
const CHANCES_NEW = 3;
const CHANCES_KNOWN = 6;
const POLL_WAIT = 25;
const SOCKET_AGAIN_AFTER = 60_000;
const LOCK_PATIENCE = 15_000;
const RECEIVED_AFTER = 400;
const WAITING_SIGNALS = 50;

export interface LineOptions {
  /** Address of the server, ending with a slash. */
  base: string;
  store: Store;
  locale: string;
  client?: string;
  page?: () => PageInfo;
}

export interface LineEvents {
  /** The line opened or closed. */
  open: boolean;
  welcome: Welcome;
  /** Another conversation, or one that begins anew: forget what was shown. */
  reset: undefined;
  logged: Logged;
  /** Everything up to here was told. */
  synced: number;
  accepted: { id: string; seq?: number };
  refused: Refusal;
  typing: Typing;
  state: State;
  ticks: Ticks;
  history: History;
  /** Another tab has put a message into the outbox that both share. */
  outbox: undefined;
}

/**
 * The line to the server: a WebSocket that comes back by itself, or long polling where WebSockets
 * do not get through. It remembers what was seen (the cursor) and what was not yet taken (the
 * outbox), so that nothing is lost or doubled whatever happens to the connection. Messages go one
 * by one, the next when the one before is taken, so that they arrive in order.
 */
export class Line extends Emitter<LineEvents> {
  readonly server: Server;
  readonly outbox: Outbox;
  #options: LineOptions;
  #store: Store;
  #cursor = 0;
  /** Which conversation the cursor belongs to, as long polling needs to know. */
  #conversation: string | undefined;
  #socket: WebSocket | null = null;
  #polling: AbortController | null = null;
  #isOpen = false;
  #isWanted = false;
  #isOpening = false;
  /** Whether the customer asked to be somebody new: the cookie of before does not count. */
  #isNew = false;
  #failures = 0;
  #everOpened = false;
  #retry: Timer;
  #ping: Timer;
  #pong: Timer;
  #socketAgain = SOCKET_AGAIN_AFTER;
  #isSending = false;
  #settle: ((id: string, outcome: Outcome) => void) | null = null;
  #late = new Map<string, number>();
  #received: Timer;
  #signals: Signal[] = [];
  #user: string | undefined;
  #consent: boolean | undefined;

  constructor(options: LineOptions) {
    super();
    this.#options = options;
    this.#store = options.store;
    this.outbox = new Outbox(options.store);
    this.server = new Server(options.base, () => this.#store.get(TOKEN));
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.#drop());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event) => event.persisted && this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    this.#store.watch((key) => {
      if (key === TOKEN) this.#identityChanged();
      if (!Outbox.owns(key)) return;
      this.emit("outbox", undefined);
      void this.#flush();
    });
  }

  /** Whether the server answers at this moment. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether this browser has been a visitor before. */
  get isKnown(): boolean {
    return this.#store.get(TOKEN) !== null;
  }

  set locale(locale: string) {
    this.#options.locale = locale;
  }

  /** Connect, and stay connected. */
  open(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    void this.#open();
  }

  /** Keep a message until the server has it. */
  send(message: Outgoing): void {
    this.outbox.add(message);
    void this.#flush();
  }

  /** Send a frame that is lost when the line is closed. False when it is. */
  signal(frame: Signal): boolean {
    if (!this.#isOpen) return false;
    void this.#submit(frame).catch(() => false);
    return true;
  }

  /** Send a frame when the line is open the next time. */
  signalLater(frame: Signal): void {
    if (this.signal(frame)) return;
    this.#signals = [...this.#signals, frame].slice(-WAITING_SIGNALS);
  }

  /** Sign in with the shop's token, now and at each return. */
  signIn(token: string | undefined): void {
    this.#user = token;
    if (token) this.signal({ type: "user", token });
  }

  /** Become a visitor who was never here. */
  forget(): void {
    for (const message of this.outbox.list()) this.outbox.remove(message.id);
    this.#store.remove(TOKEN);
    this.#isNew = true;
    this.#identityChanged();
  }

  /** Whether visits may be kept. */
  consent(on: boolean): void {
    this.#consent = on;
    this.signal({ type: "consent", on });
  }

  faq(): Promise<Faq> {
    return this.server.faq(this.#options.locale);
  }

  /** Look at once whether the line is still there, or connect without waiting any longer. */
  hurry(): void {
    if (this.#isOpen && this.#socket) this.#knock();
    if (this.#isOpen || !this.#isWanted || this.#socket || this.#polling) return;
    clearTimeout(this.#retry);
    void this.#open();
  }

  // -- opening

  async #open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      await this.#haveToken();
    } catch {
      this.#again();
      return;
    } finally {
      this.#isOpening = false;
    }
    if (this.#isPollingNext()) void this.#poll();
    else this.#connect();
  }

  #isPollingNext(): boolean {
    const beyond = this.#failures - (this.#everOpened ? CHANCES_KNOWN : CHANCES_NEW);
    return beyond >= 0 && beyond % 2 === 0;
  }

  async #haveToken(): Promise<void> {
    if (this.isKnown) return;
    // Two tabs opened at once shall be one visitor.
    await alone(`kefu ${this.#options.base} token`, LOCK_PATIENCE, async () => {
      if (!this.isKnown) this.#store.set(TOKEN, await this.server.visitor(this.#isNew));
      this.#isNew = false;
    });
  }

  #hello(): ClientFrame {
    const { locale, client, page } = this.#options;
    return {
      type: "hello",
      token: this.#store.get(TOKEN),
      last_seq: this.#cursor,
      ...(this.#conversation ? { conversation: this.#conversation } : {}),
      locale,
      ...(client ? { client } : {}),
      ...(page ? { page: page() } : {}),
      ...(this.#user ? { user: this.#user } : {}),
      ...(this.#consent === undefined ? {} : { consent: this.#consent }),
    };
  }

  // -- WebSocket

  #connect(): void {
    let socket: WebSocket;
    try {
      socket = this.server.socket();
    } catch {
      this.#again(); // the page's policy forbids it
      return;
    }
    this.#socket = socket;
    this.#expect(WELCOME_WITHIN);
    socket.onopen = () => socket.send(JSON.stringify(this.#hello()));
    socket.onmessage = (event: MessageEvent<string>) => {
      if (socket !== this.#socket) return;
      if (this.#isOpen) clearTimeout(this.#pong);
      this.#take(JSON.parse(event.data) as ServerFrame);
    };
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "ping":
        this.#write({ type: "pong" });
        break;
      case "synced":
        this.#cursor = Math.max(this.#cursor, frame.seq);
        this.emit("synced", this.#cursor);
        break;
      case "accepted":
        this.emit("accepted", frame);
        this.#settle?.(frame.id, "taken");
        break;
      case "reset":
        this.#reset();
        break;
      case "message":
      case "notice":
        this.#logged(frame);
        break;
      case "error":
        this.#refused(frame);
        break;
      case "typing":
      case "state":
      case "ticks":
      case "history":
        this.emit(frame.type, frame as never);
    }
  }

  #welcomed(frame: Welcome): void {
    this.#conversation = frame.conversation;
    if (frame.token && frame.token !== this.#store.get(TOKEN)) {
      this.#store.set(TOKEN, frame.token);
      this.#reset();
    }
    this.emit("welcome", frame);
    this.#opened();
  }

  #opened(): void {
    clearTimeout(this.#pong);
    this.#failures = 0;
    if (this.#socket) {
      this.#everOpened = true;
      this.#socketAgain = SOCKET_AGAIN_AFTER;
      clearInterval(this.#ping);
      this.#ping = setInterval(() => this.#knock(), PING_EVERY);
    }
    this.#isOpen = true;
    this.emit("open", true);
    const signals = this.#signals;
    this.#signals = [];
    for (const signal of signals) this.signal(signal);
    void this.#flush();
  }

  #logged(frame: Logged): void {
    if (frame.seq <= this.#cursor) return;
    this.#cursor = frame.seq;
    this.emit("logged", frame);
    if (frame.type === "message" && frame.from === "customer") {
      if (frame.id) this.#settle?.(frame.id, "taken");
      return;
    }
    clearTimeout(this.#received);
    this.#received = setTimeout(
      () => this.signal({ type: "received", seq: this.#cursor }),
      RECEIVED_AFTER,
    );
  }

  #refused(frame: Refusal): void {
    if (!frame.id) {
      this.emit("refused", frame);
      return;
    }
    this.#settle?.(frame.id, frame.code === "unavailable" ? "again" : frame);
  }

  #knock(): void {
    this.#write({ type: "ping" });
    this.#expect(PONG_WITHIN);
  }

  #expect(within: number): void {
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#drop(), within);
  }

  #write(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  async #submit(frame: ClientFrame): Promise<void> {
    if (this.#polling) for (const answer of await this.server.post(frame)) this.#take(answer);
    else this.#write(frame);
  }

  // -- messages on their way

  async #flush(): Promise<void> {
    if (this.#isSending || !this.#isOpen || !this.outbox.first()) return;
    this.#isSending = true;
    try {
      await alone(`kefu ${this.#options.base} outbox`, LOCK_PATIENCE, async () => {
        let message = this.outbox.first();
        while (message && this.#isOpen) {
          await this.#deliver(message);
          message = this.outbox.first();
        }
      });
    } finally {
      this.#isSending = false;
    }
    if (this.#isOpen && this.outbox.first()) void this.#flush();
  }

  async #deliver(message: Outgoing): Promise<void> {
    const outcome = await this.#attempt(message);
    if (outcome === "again") await pause(TRY_AGAIN_AFTER);
    else if (outcome === "taken") this.outbox.remove(message.id);
    else if (outcome === "late") this.#wasLate(message.id);
    else if (outcome !== "lost") {
      this.outbox.remove(message.id);
      this.emit("refused", outcome);
    }
  }

  /** Send a message and wait for what becomes of it. */
  #attempt(message: Outgoing): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => done("late"), ACCEPT_WITHIN);
      const done = (outcome: Outcome) => {
        clearTimeout(timer);
        this.#settle = null;
        resolve(outcome);
      };
      this.#settle = (id, outcome) => {
        if (id === message.id || outcome === "lost") done(outcome);
        else if (outcome === "taken") this.outbox.remove(id);
      };
      this.#submit(message).catch((error: unknown) => {
        const status = error instanceof HttpError ? error.status : 0;
        if (status === 0 || status === 401) {
          if (status === 401) this.#store.remove(TOKEN);
          done("lost");
          this.#polling?.abort();
        } else {
          const code = refusalOf(status);
          done(code === "unavailable" ? "again" : { type: "error", code, id: message.id });
        }
      });
    });
  }

  #wasLate(id: string): void {
    const times = (this.#late.get(id) ?? 0) + 1;
    this.#late.set(id, times);
    if (times >= LATE_AT_MOST) {
      this.#late.delete(id);
      this.outbox.remove(id);
      this.emit("refused", { type: "error", code: "late", id });
    }
    this.#drop(); // what does not answer for so long is not there
  }

  // -- loss and return

  #reset(): void {
    this.#cursor = 0;
    this.#conversation = undefined;
    this.emit("reset", undefined);
  }

  #leave(): void {
    this.signal({ type: "leave" });
    this.#drop();
  }

  #drop(): void {
    this.#polling?.abort();
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.close();
    this.#lost();
  }

  #lost(): void {
    this.#socket = null;
    this.#again();
  }

  #again(): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    clearInterval(this.#ping);
    clearTimeout(this.#pong);
    this.#settle?.("", "lost");
    this.#failures += 1;
    if (wasOpen || this.#failures === 1) this.emit("open", false);
    // Full jitter: after a restart of the server not everybody comes at the same moment.
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures, 8));
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), LEAST_PAUSE + Math.random() * longest);
  }

  #identityChanged(): void {
    this.#reset();
    this.#drop();
  }

  // -- long polling

  async #poll(): Promise<void> {
    const polling = new AbortController();
    this.#polling = polling;
    let isProbing = false;
    const probe = setTimeout(() => {
      isProbing = true;
      polling.abort();
    }, this.#socketAgain);
    try {
      await this.#fetchEvents(0, polling.signal);
      await this.#submit(this.#hello());
      if (!this.#isOpen) this.#opened();
      while (!polling.signal.aborted) await this.#fetchEvents(POLL_WAIT, polling.signal);
    } catch (error) {
      if (error instanceof HttpError && error.status === 401) this.#store.remove(TOKEN);
    }
    clearTimeout(probe);
    this.#polling = null;
    if (isProbing) this.#probe();
    else this.#again();
  }

  /** See whether WebSockets get through by now; polling goes on if not. */
  #probe(): void {
    this.#socketAgain *= 2;
    this.#failures = (this.#everOpened ? CHANCES_KNOWN : CHANCES_NEW) - 1;
    this.#settle?.("", "lost");
    this.#isOpen = false;
    this.#connect();
  }

  async #fetchEvents(wait: number, signal: AbortSignal): Promise<void> {
    const news = await this.server.events(this.#cursor, wait, this.#conversation, signal);
    if (news.reset) this.#reset();
    this.#conversation = news.conversation;
    for (const frame of news.frames) this.#take(frame);
    this.#cursor = news.seq;
    this.emit("synced", news.seq);
  }
}

type Outcome = "taken" | "again" | "late" | "lost" | Refusal;
type Timer = ReturnType<typeof setTimeout> | undefined;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
