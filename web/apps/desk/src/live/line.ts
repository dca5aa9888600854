/**
 * The one live line to the server.
 *
 * Events have ascending positions; the line remembers the last one and asks for everything behind
 * it when it comes back. Threads that are open have a number of their own, `seq`. What comes twice
 * is told once. When sockets fail, the same frames are fetched by long polling.
 */

import type { ClientFrame, Heard, ServerFrame } from "./frames.ts";

export type State =
  /** Not asked for. */
  | "off"
  /** The first connection is being made. */
  | "connecting"
  | "up"
  /** Was up, is not. */
  | "lost"
  /** Another tab took the place; it stays so until somebody asks. */
  | "replaced";

/** What the line needs of a WebSocket. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface Polled {
  readonly frames: readonly ServerFrame[];
  readonly cursor: number | null;
}

export interface LineAround {
  readonly connect: () => Socket;
  /** Fetch frames behind a cursor; waits on the server until there are any. */
  readonly poll: (cursor: number | null, open: ReadonlyMap<string, number>, signal: AbortSignal) => Promise<Polled>;
  /** Say that one writes, where no socket does. */
  readonly typing: (conversation: string, on: boolean) => void;
  readonly setTimer: (call: () => void, milliseconds: number) => unknown;
  readonly clearTimer: (timer: unknown) => void;
  readonly random: () => number;
}

type Handler<K extends keyof Heard> = (frame: Heard[K]) => void;

export const PING_AFTER = 20_000;
/** Without any frame for so long, an answer to a ping included, the socket is dead. */
export const DEAD_AFTER = 45_000;
/** A socket that is not open by then never will be: some proxies swallow them. */
export const OPEN_WITHIN = 10_000;
export const FIRST_PAUSE = 500;
export const LONGEST_PAUSE = 30_000;
/** After so many sockets in a row that never opened, long polling begins. */
export const SOCKETS_BEFORE_POLLING = 3;
/** While polling works, a socket is tried again after so long. */
export const SOCKET_AGAIN_AFTER = 120_000;

export class LiveLine {
  private status: State = "off";
  private cursor: number | null = null;
  private readonly threads = new Map<string, number>();
  private readonly handlers = new Map<keyof Heard, Set<Handler<never>>>();
  private socket: Socket | null = null;
  private polling: AbortController | null = null;
  private failed = 0;
  private neverOpened = 0;
  private readonly timers = new Map<"again" | "ping" | "dead" | "socket", unknown>();

  /** Told whenever the state changes, with the time until the next try, if one is waited for. */
  onState: (state: State, retryIn: number | null) => void = () => {};
  onSignedOut: () => void = () => {};

  constructor(private readonly around: LineAround) {}

  get state(): State {
    return this.status;
  }

  /** Whether frames are fetched by long polling at the moment. */
  get isPolling(): boolean {
    return this.polling !== null;
  }

  /** Begin, or try again at once. */
  start(): void {
    if (this.status === "up") return;
    this.drop();
    this.become(this.status === "lost" || this.status === "replaced" ? "lost" : "connecting");
    this.openSocket();
  }

  /** End; what is known is forgotten. */
  stop(): void {
    this.drop();
    this.cursor = null;
    this.threads.clear();
    this.failed = this.neverOpened = 0;
    this.become("off");
  }

  /** Hear frames of a kind until the returned function is called. */
  on<K extends keyof Heard>(kind: K, handler: Handler<K>): () => void {
    const handlers = this.handlers.get(kind) ?? new Set();
    this.handlers.set(kind, handlers);
    handlers.add(handler as Handler<never>);
    return () => void handlers.delete(handler as Handler<never>);
  }

  /** A thread is on the screen, known up to `after`: entries behind it are told from now on. */
  open(conversation: string, after: number): void {
    this.threads.set(conversation, after);
    this.send({ type: "open", conversation_id: conversation, after });
    if (this.polling) this.pollAnew();
  }

  shut(conversation: string): void {
    this.threads.delete(conversation);
    this.send({ type: "shut", conversation_id: conversation });
  }

  /** Tell others that one writes; nothing is kept if the line is down. */
  typing(conversation: string, on: boolean): void {
    if (this.polling) this.around.typing(conversation, on);
    else this.send({ type: "typing", conversation_id: conversation, on });
  }

  // -- sockets

  private openSocket(): void {
    let socket: Socket;
    let isOpen = false;
    try {
      socket = this.around.connect();
    } catch {
      this.neverOpened += 1;
      this.again();
      return;
    }
    this.socket = socket;
    this.timer("dead", OPEN_WITHIN, () => this.lose(socket, isOpen));
    socket.onopen = () => {
      if (socket !== this.socket) return;
      isOpen = true;
      this.hearSoon(socket);
      this.pingLater();
      this.send({ type: "hello", cursor: this.cursor, open: Object.fromEntries(this.threads) });
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.hearSoon(socket);
      const frame = readFrame(data);
      if (frame) this.take(frame);
    };
    socket.onclose = () => this.lose(socket, isOpen);
  }

  /** The socket lives: put off its end. */
  private hearSoon(socket: Socket): void {
    this.timer("dead", DEAD_AFTER, () => this.lose(socket, true));
  }

  /** The server ends a line that says nothing, however much it hears. */
  private pingLater(): void {
    this.timer("ping", PING_AFTER, () => this.send({ type: "ping" }));
  }

  private lose(socket: Socket, wasOpen: boolean): void {
    if (socket !== this.socket) return;
    this.neverOpened = wasOpen ? 0 : this.neverOpened + 1;
    this.drop();
    if (this.status === "up") this.become("lost");
    this.again();
  }

  private again(): void {
    const pause = this.pause();
    this.failed += 1;
    this.onState(this.status, pause);
    this.timer("again", pause, () => {
      if (this.neverOpened >= SOCKETS_BEFORE_POLLING) void this.pollOn();
      else this.openSocket();
    });
  }

  /** Twice as long each time; anything between half of it and all, so that not all come at once. */
  private pause(): number {
    const longest = Math.min(FIRST_PAUSE * 2 ** Math.min(this.failed, 10), LONGEST_PAUSE);
    return longest * (0.5 + this.around.random() / 2);
  }

  // -- long polling

  private async pollOn(): Promise<void> {
    const polling = new AbortController();
    this.polling = polling;
    this.timer("socket", SOCKET_AGAIN_AFTER, () => {
      this.drop();
      this.neverOpened = SOCKETS_BEFORE_POLLING - 1;
      this.openSocket();
    });
    try {
      while (this.polling === polling) {
        const polled = await this.around.poll(this.cursor, this.threads, polling.signal);
        if (this.polling !== polling) return;
        this.failed = 0;
        for (const frame of polled.frames) {
          this.take(frame);
          if (this.polling !== polling) return;
        }
        this.advance(polled.cursor);
        this.become("up");
      }
    } catch {
      if (this.polling !== polling) return;
      this.drop();
      if (this.status === "up") this.become("lost");
      this.again();
    }
  }

  /** Ask at once with the threads that are open now. */
  private pollAnew(): void {
    this.polling?.abort();
    this.polling = null;
    void this.pollOn();
  }

  // -- frames

  private take(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.takeWelcome(frame);
      case "event":
        if (this.cursor !== null && frame.position <= this.cursor) return;
        this.cursor = frame.position;
        return this.tell(frame.kind, frame as never);
      case "cursor":
        return this.advance(frame.position);
      case "items":
        return this.takeItems(frame);
      case "bye":
        return this.takeBye(frame.reason);
      case "pong":
        return;
      case "changed_items":
      case "typing":
      case "viewers":
      case "counts":
        return this.tell(frame.type, frame as never);
    }
    // Frames of a newer server are nothing to us.
  }

  private takeWelcome(frame: Heard["welcome"]): void {
    const isNew = this.cursor === null || !frame.is_gapless;
    const isStale = this.cursor !== null && !frame.is_gapless;
    // What was missed comes after this frame, up to its cursor; it must not count as known.
    if (isNew) this.cursor = frame.cursor;
    this.failed = 0;
    this.become("up");
    this.tell("welcome", frame);
    this.tell("counts", frame);
    if (isStale) this.tell("stale", {});
  }

  private takeItems(frame: Heard["items"]): void {
    const known = this.threads.get(frame.conversation_id);
    if (known === undefined) return this.tell("items", frame);
    const items = frame.items.filter((item) => item.seq > known);
    this.threads.set(frame.conversation_id, Math.max(known, frame.last_seq));
    if (items.length || frame.row) this.tell("items", { ...frame, items });
  }

  private takeBye(reason: string): void {
    this.drop();
    if (reason === "signed_out") {
      this.stop();
      this.onSignedOut();
    } else if (reason === "replaced") {
      this.become("replaced");
    } else {
      this.become("lost");
      this.again();
    }
  }

  private advance(position: number | null): void {
    if (position !== null) this.cursor = Math.max(this.cursor ?? 0, position);
  }

  private tell<K extends keyof Heard>(kind: K, frame: Heard[K]): void {
    for (const handler of [...(this.handlers.get(kind) ?? [])] as Handler<K>[]) {
      try {
        handler(frame);
      } catch (error) {
        // One screen's fault must not cut the line of the others.
        reportError(error);
      }
    }
  }

  private send(frame: ClientFrame): void {
    if (!this.socket) return;
    try {
      this.socket.send(JSON.stringify(frame));
      this.pingLater();
    } catch {
      // Not open yet: what is open goes along with the hello.
    }
  }

  private become(state: State): void {
    if (state === this.status) return;
    this.status = state;
    this.onState(state, null);
  }

  private drop(): void {
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.polling?.abort();
    this.polling = null;
    for (const timer of this.timers.values()) this.around.clearTimer(timer);
    this.timers.clear();
  }

  private timer(name: "again" | "ping" | "dead" | "socket", milliseconds: number, call: () => void): void {
    this.around.clearTimer(this.timers.get(name));
    this.timers.set(name, this.around.setTimer(call, milliseconds));
  }
}

function readFrame(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    const frame: unknown = JSON.parse(data);
    return typeof frame === "object" && frame !== null && "type" in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
