import {
  Line,
  Store,
  type Agent,
  type Content,
  type FaqItem,
  type LeaveMessage,
  type Limits,
  type Logged,
  type Message,
  type Outgoing,
  type Owner,
  type Refusal,
  type State,
  type Welcome,
} from "@kefu/protocol";
import { partsHere, partsLater } from "../later";
import type { Parts } from "../more";
import { storePrefix, type Config } from "../config";
import { bytes, learn, speak, t, type Locale, type Word } from "../words";
import { keepFaq, keptFaq } from "./faq";
import { Timeline, type Item, type Tick } from "./timeline";

const LOCALE = "locale";
const READ = "read";
const FAILED = "failed.";
const FILES = "file.";
const TYPING_AT_MOST = 60_000;
const TYPING_EVERY = 4_000;
const PREVIEW_EVERY = 1_000;
const HISTORY_LENGTH = 50;
const OFFLINE_AFTER = 1_500;
const FLASH_FOR = 5_000;
const RECALL_WITHIN = 120;

export type Connection = "idle" | "connecting" | "open" | "offline";
export type Sheet = "menu" | "emoji" | "leave" | "restart" | "end" | "faq" | "rate" | "privacy" | "record" | null;

/** What the widget tells the page that it is in. */
export interface ChatEvents {
  ready: undefined;
  open: undefined;
  close: undefined;
  message: { from: string; text: string };
  unread: number;
  state: { owner: Owner; agent: Agent | null };
  error: Refusal;
}

const REFUSED: Record<string, Word> = {
  too_many: "tooFast",
  bad_type: "badType",
  bad_frame: "tooLong",
};

/** One visitor's conversation and what is shown of it. The parts of the screen read it, and call it. */
export class Chat {
  readonly line: Line;
  readonly store: Store;
  readonly timeline = new Timeline();
  locale: Locale;
  isOpen: boolean;
  connection: Connection = "idle";
  owner: Owner = "bot";
  agent: Agent | null = null;
  queue: State["queue"] = null;
  isAway = false;
  canLeave = false;
  isEnded = false;
  typing: "bot" | "agent" | null = null;
  limits: Limits = {};
  sheet: Sheet = null;
  picture: { url: string; name: string } | null = null;
  flash = "";
  faq: FaqItem[];
  /** Whether the server has said what is published, or cannot be asked. */
  isFaqKnown = false;
  greeting = "";
  announcement = "";
  unread = 0;
  /** What was behind this place when the conversation was opened was new. */
  newAfter = Infinity;
  hasOlder = true;
  isLoadingOlder = false;
  isSynced = false;
  draft = "";
  isEditing = false;
  readonly avatar: string;
  /** Answers found among the kept ones while there is no network, under the ids of the messages. */
  offlineAnswers = new Map<string, FaqItem>();
  tell: <Name extends keyof ChatEvents>(event: Name, detail: ChatEvents[Name]) => void = () => {};
  /** Done once, when the conversation is opened first. */
  whenOpened: () => void = () => {};
  #changed = new Set<() => void>();
  #config: Config;
  #serverWords: Record<string, string> = {};
  #timers: Record<string, ReturnType<typeof setTimeout>> = {};
  #typedAt = 0;
  #isPromised = false;

  constructor(config: Config) {
    this.#config = config;
    this.store = new Store(storePrefix(config.base));
    this.locale = (this.store.get(LOCALE) as Locale | null) ?? config.locale;
    this.isOpen = config.mode !== "bubble";
    this.announcement = config.announcement;
    this.avatar = config.avatar;
    this.faq = keptFaq(this.store);
    this.draft = this.store.get("draft") ?? "";
    this.line = new Line({
      base: config.base,
      store: this.store,
      locale: this.locale,
      client: "widget/1",
      page: () => ({ url: location.href, title: document.title, referrer: document.referrer }),
    });
    if (config.user) this.line.signIn(config.user);
    if (config.consent !== undefined) this.line.consent(config.consent);
    this.#listen();
  }

  /** Call `listener` whenever something that is shown has changed. */
  watch(listener: () => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  changed(): void {
    if (this.#isPromised) return;
    this.#isPromised = true;
    queueMicrotask(() => {
      this.#isPromised = false;
      for (const listener of this.#changed) listener();
    });
  }

  /** Fetch the words that are spoken here. */
  async learn(): Promise<void> {
    if (!(await learn(this.locale))) this.locale = this.line.locale = "zh-Hans";
    this.#speak();
  }

  /** Connect now if there is something to come, else when the customer opens the widget. */
  start(): void {
    for (const key of this.store.keys(FAILED)) this.#pend(JSON.parse(this.store.get(key)!) as Outgoing, "failed");
    for (const message of this.line.outbox.list()) this.#pend(message, "waiting");
    if (this.isOpen || this.line.isKnown || this.#config.user) this.connect();
    this.#keptFiles(({ resume }) => resume(this));
    this.changed();
    this.tell("ready", undefined);
  }

  /** Sign out: what follows is said by another visitor. */
  forget(): void {
    this.timeline.items = [];
    this.#keptFiles(({ dropFile }, id) => dropFile(this, id));
    for (const key of this.store.keys(FAILED)) this.store.remove(key);
    this.agent = this.queue = null;
    this.isEnded = this.isAway = false;
    this.type("");
    this.line.forget();
    this.changed();
  }

  /** Do something about each file that was not sent when the page was closed. */
  #keptFiles(act: (parts: Parts, id: string) => unknown): void {
    for (const key of this.store.keys(FILES)) {
      void partsLater().then((parts) => act(parts, key.slice(FILES.length)), () => undefined);
    }
  }

  connect(): void {
    if (this.connection === "idle") this.connection = "connecting";
    this.line.open();
    this.#after("faq", 400, () => void this.#fetchFaq());
  }

  // -- what is shown

  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.greeting = "";
    this.newAfter = this.unread ? this.#readSeq : Infinity;
    this.connect();
    this.whenOpened();
    this.whenOpened = () => {};
    this.tell("open", undefined);
    this.changed();
  }

  close(): void {
    if (!this.isOpen || this.#config.mode !== "bubble") return;
    this.isOpen = false;
    this.sheet = this.picture = null;
    this.tell("close", undefined);
    this.changed();
  }

  show(sheet: Sheet): void {
    this.sheet = sheet;
    this.changed();
  }

  /** A part that is fetched later did not come. */
  failed(isSheet: boolean): void {
    if (isSheet) this.sheet = this.picture = null;
    this.#flash(t("offline"));
  }

  enlarge(picture: Chat["picture"]): void {
    this.picture = picture;
    this.changed();
  }

  say(text: string): void {
    this.#flash(text);
  }

  async speakLocale(locale: Locale, isChosen: boolean): Promise<void> {
    if (!(await learn(locale))) return this.failed(false);
    if (isChosen) this.store.set(LOCALE, locale);
    this.locale = this.line.locale = locale;
    this.#speak();
    void this.#fetchFaq();
    this.changed();
  }

  get isAnnounced(): boolean {
    return this.announcement !== "" && this.store.get("announcement") !== this.announcement;
  }

  /** Offer help beside the closed launcher. */
  greet(text: string): void {
    if (this.isOpen) return;
    this.greeting = text;
    this.changed();
  }

  /** Step back: out of what lies on top, then out of the conversation. */
  back(): void {
    if (this.sheet || this.picture) {
      this.sheet = this.picture = null;
      this.changed();
    } else this.close();
  }

  /** Put a text into the composer. */
  edit(text: string): void {
    this.isEditing = true;
    this.type(text);
    this.changed();
  }

  get canAttach(): boolean {
    return (this.limits.max_attachment ?? 0) > 0;
  }

  /** What everybody can see of the conversation has been seen. */
  markRead(): void {
    const last = this.timeline.items.at(-1)?.seq ?? 0;
    if (!this.isOpen || document.hidden || !this.isSynced) return;
    if (last > this.#readSeq) {
      this.store.set(READ, String(last));
      this.line.signal({ type: "read", seq: last });
    }
    this.#count();
  }

  get #readSeq(): number {
    return Number(this.store.get(READ) ?? 0);
  }

  #count(): void {
    const read = this.#readSeq;
    const isNew = ({ seq = 0, from }: Item) => seq > read && (from === "bot" || from === "agent");
    const unread = this.timeline.items.filter(isNew).length;
    if (unread === this.unread) return;
    this.unread = unread;
    this.tell("unread", unread);
    this.changed();
  }

  // -- what the customer does

  /** Say `text`; `title` is what the customer saw, when they chose it. */
  send(text: string, title?: string): void {
    const message: Message = { type: "message", id: newId(), text };
    if (title && title !== text) message.title = title;
    this.sendMessage(message);
    const answer = this.connection === "offline" && partsHere()?.matching(this.faq, title ?? text);
    if (answer) this.offlineAnswers.set(message.id, answer);
  }

  sendContent(content: Content): void {
    this.sendMessage({ type: "message", id: newId(), content });
  }

  /** Store a file and say it. */
  attach(file: File, seconds?: number): void {
    partsLater().then(({ attach }) => void attach(this, file, seconds), () => this.failed(false));
  }

  resend(id: string): void {
    const item = this.timeline.find(id);
    this.store.remove(FAILED + id);
    if (item?.file) {
      partsLater().then(({ upload }) => void upload(this, item), () => this.failed(false));
    } else if (item?.outgoing) {
      this.timeline.change(id, { tick: this.line.isOpen ? "sending" : "waiting" });
      this.line.send(item.outgoing);
    }
    this.changed();
  }

  canRecall(item: Item): boolean {
    const isYoung = Date.now() / 1000 - item.at < RECALL_WITHIN;
    return isYoung && item.seq !== undefined && !item.isRecalled && this.line.isOpen;
  }

  recall(id: string): void {
    this.line.signal({ type: "recall", id });
  }

  /** The customer is writing, or has stopped. */
  type(draft: string): void {
    this.draft = draft;
    this.store.set("draft", draft);
    const now = Date.now();
    const isOn = draft.trim() !== "";
    const shows = this.limits.typing_preview && isOn;
    if (isOn && now - this.#typedAt < (shows ? PREVIEW_EVERY : TYPING_EVERY)) {
      if (shows) this.#after("preview", PREVIEW_EVERY, () => this.type(this.draft));
      return;
    }
    if (!isOn && this.#typedAt === 0) return;
    this.#typedAt = isOn ? now : 0;
    this.line.signal({ type: "typing", on: isOn, ...(shows ? { text: draft } : {}) });
    if (isOn) this.#after("typed", TYPING_EVERY * 2, () => this.#stopTyping());
  }

  #stopTyping(): void {
    if (this.#typedAt && Date.now() - this.#typedAt >= TYPING_EVERY * 2) {
      this.#typedAt = 0;
      this.line.signal({ type: "typing", on: false });
    }
  }

  loadOlder(): void {
    const before = this.timeline.firstSeq;
    if (this.isLoadingOlder || !this.hasOlder || !before || before <= 1) return;
    if (!this.line.signal({ type: "history", before, limit: HISTORY_LENGTH })) return;
    this.isLoadingOlder = true;
    this.#after("older", 10_000, () => {
      this.isLoadingOlder = false;
      this.changed();
    });
    this.changed();
  }

  /** Keep a message until the server has it, and show it. */
  sendMessage(message: Message | LeaveMessage): void {
    this.isEnded = false;
    this.#typedAt = 0;
    this.#pend(message, this.line.isOpen ? "sending" : "waiting");
    this.connect();
    this.line.send(message);
    this.changed();
  }

  #pend(message: Outgoing, tick: Tick): void {
    if (message.type === "rate" || message.type === "end") return;
    if (message.type === "message" && message.text === "/restart") return;
    if (this.timeline.find(message.id)) return;
    const isForm = message.type === "leave_message";
    // As the server shows it.
    const text = isForm
      ? `${[message.name, message.contact].filter(Boolean).join(" · ")}\n${message.text}`
      : (message.title ?? message.text);
    const frame = {
      id: message.id,
      ...(text ? { text } : {}),
      ...(!isForm && message.content ? { content: message.content } : {}),
    };
    this.timeline.pend({ frame, tick, outgoing: message });
  }

  // -- what the line brings

  #listen(): void {
    const { line, timeline } = this;
    line.on("open", (isOpen) => this.#lineChanged(isOpen));
    line.on("welcome", (frame) => this.#welcomed(frame));
    line.on("reset", () => {
      timeline.clear();
      this.isSynced = false;
      this.hasOlder = true;
      this.store.remove(READ);
    });
    line.on("logged", (frame) => this.#logged(frame));
    line.on("synced", () => this.#synced());
    line.on("accepted", ({ id, seq }) => {
      const tick = timeline.find(id)?.tick;
      if (tick === "sending" || tick === "waiting") {
        timeline.change(id, { tick: "sent", ...(seq ? { seq } : {}) });
      }
      this.changed();
    });
    line.on("refused", (refusal) => this.#refused(refusal));
    line.on("typing", ({ on, from }) => this.#showTyping(on ? (from ?? "bot") : null));
    line.on("state", (state) => this.#stateChanged(state));
    line.on("ticks", ({ delivered, read }) => {
      if (delivered) timeline.reach("delivered", delivered);
      if (read) timeline.reach("read", read);
      this.changed();
    });
    line.on("history", ({ frames, more }) => {
      timeline.prepend(frames);
      this.hasOlder = more;
      this.isLoadingOlder = false;
      this.changed();
    });
    line.on("outbox", () => {
      for (const message of line.outbox.list()) this.#pend(message, line.isOpen ? "sending" : "waiting");
      this.changed();
    });
    this.store.watch((key) => key === READ && this.#count());
    document.addEventListener("visibilitychange", () => this.markRead());
  }

  #lineChanged(isOpen: boolean): void {
    clearTimeout(this.#timers["offline"]);
    if (isOpen) {
      this.connection = "open";
      this.timeline.turn(["waiting"], "sending");
      this.offlineAnswers.clear();
      for (const { file, frame, tick } of this.timeline.items) {
        if (file && tick === "sending" && frame.id) this.resend(frame.id);
      }
      this.#keptFiles(({ resume }) => resume(this));
    } else {
      this.#showTyping(null);
      this.timeline.turn(["sending"], "waiting");
      // A short gap, as when the server is started again, is not worth a banner.
      this.#after("offline", OFFLINE_AFTER, () => {
        this.connection = "offline";
        this.changed();
      });
    }
    this.changed();
  }

  #welcomed({ limits, owner, agent, strings }: Welcome): void {
    this.limits = limits ?? {};
    if (owner) this.owner = owner;
    if (agent !== undefined) this.agent = agent;
    this.#serverWords = strings ?? {};
    this.announcement = strings?.["announcement"] ?? this.#config.announcement;
    this.#speak();
    this.changed();
  }

  #speak(): void {
    speak(this.locale, { ...this.#serverWords, ...this.#config.words });
  }

  #logged(frame: Logged): void {
    this.timeline.add(frame, !this.isSynced);
    if (frame.type === "notice") this.#noticed(frame.notice);
    else if (frame.from === "customer") {
      this.isEnded = false;
      this.#heard(frame.seq);
    } else this.#answered(frame);
    this.changed();
  }

  #noticed(kind: string): void {
    if (kind === "paused") this.owner = this.agent ? "agent" : "queue";
    if (kind === "resumed" || kind === "restarted") {
      this.owner = "bot";
      this.agent = this.queue = null;
    }
    this.isEnded = kind === "ended" || (this.isEnded && kind !== "restarted");
  }

  /** The bot hears at once; an agent's screen says when it has. */
  #heard(seq: number): void {
    if (this.owner === "bot") this.timeline.reach("delivered", seq);
  }

  #answered({ seq, from, text, agent }: Extract<Logged, { type: "message" }>): void {
    this.timeline.reach("read", seq);
    this.#showTyping(null);
    if (from === "agent") {
      if (agent?.name) this.agent = agent;
      if (this.owner === "queue") this.owner = "agent";
    }
    if (this.isSynced) this.tell("message", { from, text: text ?? "" });
  }

  #synced(): void {
    if (!this.isSynced) {
      this.isSynced = true;
      if (this.store.get(READ) === null) {
        this.store.set(READ, String(this.timeline.items.at(-1)?.seq ?? 0));
      }
    }
    this.#count();
    this.changed();
  }

  #stateChanged({ owner, agent, queue, offline, leave }: State): void {
    if (owner) this.owner = owner;
    this.agent = agent ?? null;
    this.canLeave = !!leave;
    this.queue = queue ?? null;
    this.isAway = !!offline;
    this.tell("state", { owner: this.owner, agent: this.agent });
    this.changed();
  }

  #refused(refusal: Refusal): void {
    const { id } = refusal;
    if (!id) return this.tell("error", refusal); // not about something that the customer said
    const outgoing = this.timeline.find(id)?.outgoing;
    if (outgoing) this.store.set(FAILED + id, JSON.stringify(outgoing));
    this.timeline.change(id, { tick: "failed" });
    this.explain(refusal);
  }

  /** Say why something was not taken. */
  explain({ code }: Refusal): void {
    const tooLarge = code === "too_large" && t("tooLarge", bytes(this.limits.max_attachment ?? 0));
    this.#flash(tooLarge || t(REFUSED[code] ?? "noSend"));
  }

  #showTyping(who: Chat["typing"]): void {
    this.typing = who === "bot" && this.owner !== "bot" ? null : who;
    clearTimeout(this.#timers["typing"]);
    if (who) this.#after("typing", TYPING_AT_MOST, () => this.#showTyping(null));
    this.changed();
  }

  #flash(text: string): void {
    this.flash = text;
    this.#after("flash", FLASH_FOR, () => {
      this.flash = "";
      this.changed();
    });
    this.changed();
  }

  async #fetchFaq(): Promise<void> {
    try {
      const faq = await this.line.faq();
      keepFaq(this.store, faq);
      this.faq = faq.items;
      if (this.isOpen && faq.items.length) partsLater().catch(() => {}); // they answer when there is no network
    } catch {
      // There is no network, or nothing is published: what was kept stays.
    }
    this.isFaqKnown = true;
    this.changed();
  }

  #after(name: string, ms: number, action: () => void): void {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(action, ms);
  }
}

// crypto.randomUUID is there on secure origins only.
export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
