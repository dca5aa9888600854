import type { Logged, Outgoing, Said } from "@kefu/protocol";

export type Tick = "uploading" | "sending" | "waiting" | "sent" | "delivered" | "read" | "failed";
const ORDER: Tick[] = ["failed", "waiting", "uploading", "sending", "sent", "delivered", "read"];

/** One thing in the conversation as it is shown. */
export interface Item {
  key: string;
  /** Place in the log; none while the server has not told it. */
  seq?: number;
  at: number;
  from: "customer" | "bot" | "agent" | "notice";
  frame: Partial<Said>;
  notice?: { kind: string; data: Record<string, unknown> };
  /** Own messages: how far they have got. */
  tick?: Tick;
  /** Own messages that are on their way: what to send again. */
  outgoing?: Outgoing;
  /** Own files on their way: the file, and how much of it has gone. */
  file?: File;
  progress?: number;
  isRecalled?: boolean;
  /** Said before the page was opened: not announced, not animated. */
  isOld?: boolean;
}

/** What was said, in the order of the log; what is not there yet stands where it was said. */
export class Timeline {
  items: Item[] = [];

  find(id: string): Item | undefined {
    return this.items.find((item) => item.frame.id === id && item.from === "customer");
  }

  /** The place before which history may be asked for. */
  get firstSeq(): number | undefined {
    return this.items.find((item) => item.seq !== undefined)?.seq;
  }

  add(frame: Logged, isOld = false): void {
    if (frame.type === "notice") {
      this.#notice(frame, isOld);
      return;
    }
    const mine = frame.from === "customer" && frame.id ? this.find(frame.id) : undefined;
    if (mine) {
      const { outgoing: _, file: __, progress: ___, ...kept } = mine;
      this.#replace(mine, { ...kept, seq: frame.seq, at: frame.at || mine.at, frame });
      return;
    }
    this.#insert({
      key: `s${frame.seq}`,
      seq: frame.seq,
      at: frame.at,
      from: frame.from,
      frame,
      isOld,
      ...(frame.from === "customer" ? { tick: "sent" as const } : {}),
    });
  }

  /** Put older messages in front. */
  prepend(frames: Logged[]): void {
    const known = new Set(this.items.map((item) => item.seq));
    for (const frame of frames) if (!known.has(frame.seq)) this.add(frame, true);
  }

  /** Something the customer says now. */
  pend(item: Omit<Item, "key" | "at" | "from">): void {
    this.items = [
      ...this.items,
      { key: `o${item.frame.id}`, at: Date.now() / 1000, from: "customer", ...item },
    ];
  }

  change(id: string, changes: Partial<Item>): void {
    const item = this.find(id);
    if (item) this.#replace(item, { ...item, ...changes });
  }

  /** The file of an own message has been stored. */
  detach(id: string): void {
    const item = this.find(id);
    if (!item) return;
    const { file: _, progress: __, ...rest } = item;
    this.#replace(item, rest);
  }

  /** Own messages up to `seq` have got so far. */
  reach(tick: "delivered" | "read", seq: number): void {
    this.items = this.items.map((item) =>
      item.tick && item.seq !== undefined && item.seq <= seq && further(tick, item.tick)
        ? { ...item, tick }
        : item,
    );
  }

  /** All own messages that are in one of `ticks` are in `tick` now. */
  turn(ticks: Tick[], tick: Tick): void {
    this.items = this.items.map((item) =>
      item.tick && ticks.includes(item.tick) ? { ...item, tick } : item,
    );
  }

  /** Forget everything but what is still on its way. */
  clear(): void {
    this.items = this.items.filter((item) => item.outgoing || item.file);
  }

  #notice({ seq, at, notice, id, of_seq, data }: Extract<Logged, { type: "notice" }>, isOld: boolean) {
    if (notice === "recalled") {
      const target = { id, of_seq, ...data } as { id?: string; of_seq?: number };
      this.items = this.items.map((item) =>
        (target.id && item.frame.id === target.id) || (target.of_seq && item.seq === target.of_seq)
          ? { ...item, isRecalled: true }
          : item,
      );
      return;
    }
    if (notice === "restarted") this.clear();
    const told = { kind: notice, data: data ?? {} };
    this.#insert({ key: `s${seq}`, seq, at, from: "notice", frame: {}, notice: told, isOld });
  }

  #insert(item: Item): void {
    const seq = item.seq ?? Infinity;
    let place = this.items.length;
    // Behind the last one that is in the log before it; what is on its way stays where it is.
    while (place > 0 && (this.items[place - 1]?.seq ?? -1) > seq) place -= 1;
    const isBehindLog = this.items.slice(0, place).every((other) => (other.seq ?? 0) <= seq);
    if (!isBehindLog) {
      place = this.items.findIndex((other) => (other.seq ?? 0) > seq);
    }
    this.items = [...this.items.slice(0, place), item, ...this.items.slice(place)];
  }

  #replace(old: Item, item: Item): void {
    const place = this.items.indexOf(old);
    const others = this.items.filter((other) => other !== old);
    const seq = item.seq ?? Infinity;
    const isInPlace =
      others.slice(0, place).every((other) => (other.seq ?? 0) <= seq) &&
      others.slice(place).every((other) => (other.seq ?? Infinity) >= seq);
    this.items = isInPlace ? this.items.map((other) => (other === old ? item : other)) : others;
    if (!isInPlace) this.#insert(item);
  }
}

/** Whether `tick` is beyond `other`. */
export const further = (tick: Tick, other: Tick): boolean =>
  ORDER.indexOf(tick) > ORDER.indexOf(other);
