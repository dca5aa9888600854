import { beforeEach, describe, expect, it } from "vitest";
import {
  DEAD_AFTER,
  FIRST_PAUSE,
  LiveLine,
  LONGEST_PAUSE,
  OPEN_WITHIN,
  PING_AFTER,
  SOCKET_AGAIN_AFTER,
  SOCKETS_BEFORE_POLLING,
  type Polled,
  type Socket,
} from "../src/live/line.ts";
import type { Heard } from "../src/live/frames.ts";

/** A socket whose other end is the test. */
class FakeSocket implements Socket {
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;
  isOpen = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    if (!this.isOpen) throw new Error("not open");
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }

  opens(): void {
    this.isOpen = true;
    this.onopen?.();
  }

  says(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  breaks(): void {
    this.onclose?.();
  }
}

interface Timer {
  at: number;
  call: () => void;
}

/** Everything around the line: sockets, polls and a clock that the test moves. */
class Around {
  readonly sockets: FakeSocket[] = [];
  readonly polls: { cursor: number | null; open: [string, number][]; signal: AbortSignal; answer: (polled: Polled) => void; fail: () => void }[] = [];
  readonly timers = new Set<Timer>();
  now = 0;
  chance = 1;
  isRefused = false;

  readonly connect = (): Socket => {
    if (this.isRefused) throw new Error("refused");
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  readonly poll = (cursor: number | null, open: ReadonlyMap<string, number>, signal: AbortSignal): Promise<Polled> =>
    new Promise((answer, reject) => this.polls.push({ cursor, open: [...open], signal, answer, fail: () => reject(new Error("no")) }));
  readonly typed: [string, boolean][] = [];
  readonly typing = (conversation: string, on: boolean): void => void this.typed.push([conversation, on]);
  readonly setTimer = (call: () => void, milliseconds: number): unknown => {
    const timer = { at: this.now + milliseconds, call };
    this.timers.add(timer);
    return timer;
  };
  readonly clearTimer = (timer: unknown): void => void this.timers.delete(timer as Timer);
  readonly random = (): number => this.chance;

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Let time pass until the line tries again, by a socket or a poll. */
  untilNextTry(): void {
    const tries = (): number => this.sockets.length + this.polls.length;
    const before = tries();
    while (tries() === before) {
      const next = [...this.timers].sort((a, b) => a.at - b.at)[0];
      if (!next) throw new Error("it never tries again");
      this.pass(next.at - this.now);
    }
  }

  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = [...this.timers].filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.now = next.at;
      this.timers.delete(next);
      next.call();
    }
    this.now = end;
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};
const welcome = (cursor: number, is_gapless = true) => ({ type: "welcome", cursor, is_gapless, presence: {}, counts: {} });
const row = (position: number) => ({ type: "event", position, kind: "row", conversation_id: "c1", row: null });

let around: Around;
let line: LiveLine;
let heard: [string, unknown][];
let states: string[];

beforeEach(() => {
  around = new Around();
  line = new LiveLine(around);
  heard = [];
  states = [];
  line.onState = (state) => states.push(state);
  const kinds: (keyof Heard)[] = ["row", "notice", "items", "welcome", "stale", "counts", "typing"];
  for (const kind of kinds) {
    line.on(kind, (frame) => heard.push([kind, (frame as { position?: number }).position ?? frame]));
  }
});

/** The positions of the rows that were told. */
const rows = (): unknown[] => heard.filter(([kind]) => kind === "row").map(([, position]) => position);

function begin(cursor = 10): void {
  line.start();
  around.socket.opens();
  around.socket.says(welcome(cursor));
}

describe("the live line", () => {
  it("begins from now, and is up when it is welcomed", () => {
    line.start();
    expect(line.state).toBe("connecting");
    around.socket.opens();
    expect(around.socket.sent).toEqual([{ type: "hello", cursor: null, open: {} }]);
    expect(line.state).toBe("connecting");
    around.socket.says(welcome(10));
    expect(line.state).toBe("up");
    expect(heard.map(([kind]) => kind)).toEqual(["welcome", "counts"]);
  });

  it("tells each event once, whatever comes twice or late", () => {
    begin(10);
    for (const position of [11, 12, 12, 11, 10, 15]) around.socket.says(row(position));
    expect(rows()).toEqual([11, 12, 15]);
  });

  it("asks for exactly what it missed, and takes it although the welcome names a later cursor", () => {
    begin(10);
    around.socket.says(row(12));
    line.open("c1", 40);
    around.socket.breaks();
    expect(line.state).toBe("lost");
    around.untilNextTry();
    around.socket.opens();
    expect(around.socket.sent).toEqual([{ type: "hello", cursor: 12, open: { c1: 40 } }]);
    around.socket.says(welcome(20));
    for (const position of [12, 14, 20, 21]) around.socket.says(row(position));
    expect(rows()).toEqual([12, 14, 20, 21]);
    expect(states).toEqual(["connecting", "up", "lost", "lost", "up"]);
  });

  it("moves its cursor where nothing was for it", () => {
    begin(10);
    around.socket.says({ type: "cursor", position: 90 });
    around.socket.says({ type: "cursor", position: 50 });
    around.socket.breaks();
    around.untilNextTry();
    around.socket.opens();
    expect(around.socket.sent[0]).toMatchObject({ cursor: 90 });
  });

  it("says so when it was away for too long, and goes on from the new cursor", () => {
    begin(10);
    around.socket.breaks();
    around.untilNextTry();
    around.socket.opens();
    around.socket.says(welcome(5000, false));
    expect(heard.map(([kind]) => kind).filter((kind) => kind === "stale")).toHaveLength(1);
    around.socket.says(row(5000));
    around.socket.says(row(5001));
    expect(rows()).toEqual([5001]);
  });

  it("drops entries of an open thread that it has, and remembers the last", () => {
    begin();
    line.open("c1", 40);
    const item = (seq: number) => ({ seq, at: "", kind: "customer" });
    around.socket.says({ type: "items", conversation_id: "c1", items: [item(40), item(41)], last_seq: 41, row: null });
    around.socket.says({ type: "items", conversation_id: "c1", items: [item(41)], last_seq: 41, row: null });
    around.socket.says({ type: "items", conversation_id: "c2", items: [item(7)], last_seq: 7, row: null });
    const seqs = heard.filter(([kind]) => kind === "items").map(([, frame]) => (frame as Heard["items"]).items.map((one) => one.seq));
    expect(seqs).toEqual([[41], [7]]);
    around.socket.breaks();
    around.untilNextTry();
    around.socket.opens();
    expect(around.socket.sent[0]).toMatchObject({ open: { c1: 41 } });
  });

  it("does not ask for threads that were shut", () => {
    begin();
    line.open("c1", 40);
    line.shut("c1");
    expect(around.socket.sent.slice(1)).toEqual([
      { type: "open", conversation_id: "c1", after: 40 },
      { type: "shut", conversation_id: "c1" },
    ]);
    around.socket.breaks();
    around.untilNextTry();
    around.socket.opens();
    expect(around.socket.sent[0]).toMatchObject({ open: {} });
  });

  it("pings when it has nothing to say, also while it hears much", () => {
    begin();
    for (let at = 0; at < PING_AFTER; at += 1000) {
      around.pass(1000);
      around.socket.says({ type: "counts", counts: {} });
    }
    expect(around.socket.sent.filter((frame) => frame["type"] === "ping")).toHaveLength(1);
  });

  it("gives up a socket that is silent, and one that never opens", () => {
    begin();
    const first = around.socket;
    around.pass(DEAD_AFTER + FIRST_PAUSE);
    expect(first.isClosed).toBe(true);
    expect(around.sockets).toHaveLength(2);
    around.pass(OPEN_WITHIN + LONGEST_PAUSE);
    expect(around.sockets[1]!.isClosed).toBe(true);
  });

  it("waits longer each time, with chance in it, and never too long", () => {
    begin();
    const pauses: (number | null)[] = [];
    line.onState = (_, retryIn) => pauses.push(retryIn);
    for (let turn = 0; turn < 12; turn += 1) {
      around.chance = turn % 2;
      around.socket.opens();
      around.socket.breaks();
      around.untilNextTry();
    }
    const waits = pauses.filter((pause): pause is number => pause !== null);
    expect(waits.slice(0, 4)).toEqual([FIRST_PAUSE / 2, FIRST_PAUSE * 2, FIRST_PAUSE * 2, FIRST_PAUSE * 8]);
    expect(Math.max(...waits)).toBe(LONGEST_PAUSE);
  });

  it("ignores what is no frame, and frames that it does not know", () => {
    begin();
    for (const text of ["{", "null", "[]", '{"type":"tomorrow"}', '{"no":1}']) around.socket.says(text);
    around.socket.says(row(11));
    expect(rows()).toEqual([11]);
  });

  it("goes on although a screen fails", () => {
    const told: unknown[] = [];
    globalThis.reportError = (error: unknown) => void told.push(error);
    line.on("row", () => {
      throw new Error("a screen's fault");
    });
    begin();
    around.socket.says(row(11));
    around.socket.says(row(12));
    expect(rows()).toEqual([11, 12]);
    expect(told).toHaveLength(2);
  });

  it("obeys the goodbye: signed out, replaced, restarting", () => {
    let signedOut = 0;
    line.onSignedOut = () => void (signedOut += 1);
    begin();
    around.socket.says({ type: "bye", reason: "restart" });
    expect(line.state).toBe("lost");
    around.untilNextTry();
    around.socket.opens();
    around.socket.says(welcome(10));
    around.socket.says({ type: "bye", reason: "replaced" });
    const sockets = around.sockets.length;
    around.pass(10 * LONGEST_PAUSE);
    expect([line.state, around.sockets.length]).toEqual(["replaced", sockets]);
    line.start();
    around.socket.opens();
    around.socket.says(welcome(10));
    around.socket.says({ type: "bye", reason: "signed_out" });
    expect([line.state, signedOut]).toEqual(["off", 1]);
    around.pass(10 * LONGEST_PAUSE);
    expect(around.sockets.length).toBe(sockets + 1);
  });

  it("hears nothing of a socket that it left", () => {
    begin();
    const old = around.socket;
    old.breaks();
    around.untilNextTry();
    around.socket.opens();
    old.says(row(99));
    old.breaks();
    around.socket.says(welcome(10));
    expect([rows(), line.state]).toEqual([[], "up"]);
  });
});

describe("without sockets", () => {
  /** Let as many sockets fail as it takes. */
  function failSockets(): void {
    for (let turn = 0; turn < SOCKETS_BEFORE_POLLING; turn += 1) {
      around.socket.breaks();
      around.untilNextTry();
    }
  }

  it("polls on the same cursor, and is up by it", async () => {
    begin(10);
    around.socket.says(row(11));
    around.socket.breaks();
    around.untilNextTry();
    line.open("c1", 3);
    failSockets();
    expect(around.polls).toHaveLength(1);
    expect(around.polls[0]).toMatchObject({ cursor: 11, open: [["c1", 3]] });
    around.polls[0]!.answer({ frames: [row(11), row(13)] as never, cursor: 15 });
    await settled();
    expect([rows(), line.state, line.isPolling]).toEqual([[11, 13], "up", true]);
    expect(around.polls[1]).toMatchObject({ cursor: 15 });
  });

  it("waits before it asks again when a poll fails", async () => {
    line.start();
    failSockets();
    around.polls[0]!.fail();
    await settled();
    expect(around.polls).toHaveLength(1);
    around.untilNextTry();
    expect(around.polls).toHaveLength(2);
  });

  it("says by a request that one writes", () => {
    line.start();
    line.typing("c1", true);
    failSockets();
    line.typing("c1", false);
    expect(around.typed).toEqual([["c1", false]]);
  });

  it("asks at once when another thread is opened", async () => {
    line.start();
    failSockets();
    line.open("c9", 1);
    expect(around.polls[0]!.signal.aborted).toBe(true);
    expect(around.polls[1]!.open).toEqual([["c9", 1]]);
    around.polls[0]!.answer({ frames: [row(5)] as never, cursor: 5 });
    await settled();
    expect(rows()).toEqual([]);
  });

  it("tries a socket again now and then, and stays with it if it opens", () => {
    line.start();
    failSockets();
    const before = around.sockets.length;
    around.pass(SOCKET_AGAIN_AFTER);
    expect(around.sockets).toHaveLength(before + 1);
    around.socket.opens();
    around.socket.says(welcome(10));
    expect([line.state, line.isPolling]).toEqual(["up", false]);
    around.socket.breaks();
    around.untilNextTry();
    expect(around.polls).toHaveLength(1);
  });

  it("polls, too, where a browser makes no sockets at all", () => {
    around.isRefused = true;
    line.start();
    around.pass(LONGEST_PAUSE * SOCKETS_BEFORE_POLLING);
    expect(around.polls).toHaveLength(1);
  });

  it("stops when it is told to", async () => {
    line.start();
    failSockets();
    line.stop();
    around.polls[0]!.answer({ frames: [row(5)] as never, cursor: 5 });
    await settled();
    expect([line.state, rows(), around.timers.size]).toEqual(["off", [], 0]);
  });
});
