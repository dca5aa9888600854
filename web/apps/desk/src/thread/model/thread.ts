/**
 * One conversation as far as it is known here.
 *
 * The server numbers everything in it (`seq`); numbers without an item are normal. What is known is
 * one stretch without holes, from `items[0]` to the last one, which reaches the end of the
 * conversation unless `hasAfter`. One's own messages that the server has not shown yet are `pending`
 * and stand behind everything else.
 */

import type { ThreadPage } from "../../api/conversations.ts";
import type { Item } from "../../api/types.ts";

export interface Pending {
  readonly id: string;
  readonly kind: "agent" | "private";
  readonly at: string;
  readonly text: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly replyTo?: number;
  readonly mentions?: readonly string[];
  readonly isWhisper?: boolean;
  readonly state: "uploading" | "sending" | "sent" | "failed";
  /** Of an upload, 0 to 1. */
  readonly progress?: number;
  /** Its place, once the server told it. */
  readonly seq?: number;
  /** Why it failed, for people. */
  readonly error?: string;
  /** Whether trying again can help. */
  readonly canRetry?: boolean;
}

export interface Tick {
  readonly seq: number;
  readonly state?: Item["state"];
  readonly error?: string;
  readonly is_recalled?: boolean;
}

export class Thread {
  items: readonly Item[] = [];
  pending: readonly Pending[] = [];
  hasBefore = false;
  hasAfter = false;
  isLoaded = false;
  /** The last number that the server told of, with or without an item. */
  lastSeq = 0;
  /** The stretch that is known, as the pages told it: it may begin and end with what has no item. */
  private low = 0;
  private high = 0;
  /** Ids of messages sent from this screen, to keep what is shown of them in its place. */
  readonly ownIds = new Set<string>();

  constructor(
    readonly id: string,
    private readonly changed: () => void = () => {},
  ) {}

  get firstSeq(): number {
    return this.items[0]?.seq ?? 0;
  }

  /** The number from which on the stretch is known: what is before it is asked for by it. */
  get lowSeq(): number {
    return this.low || this.firstSeq;
  }

  /** The number up to which the stretch is known. */
  get knownSeq(): number {
    return this.hasAfter ? Math.max(this.high, this.items.at(-1)?.seq ?? 0) : this.lastSeq;
  }

  /** Begin anew with a page: the end of the conversation, or the surroundings of a place. */
  reset(page: ThreadPage): void {
    this.items = ascending(page.items);
    this.hasBefore = page.has_before;
    this.hasAfter = page.has_after;
    this.lastSeq = this.hasAfter ? Math.max(this.lastSeq, page.last_seq) : page.last_seq;
    this.low = page.first_seq;
    this.high = page.last_seq;
    this.isLoaded = true;
    this.settle();
    this.changed();
  }

  addBefore(page: ThreadPage): void {
    this.items = merged(this.items, page.items);
    // A page that brings nothing new ends the asking, whatever it says.
    this.hasBefore = page.has_before && page.first_seq < this.lowSeq;
    this.low = Math.min(this.lowSeq, page.first_seq);
    this.changed();
  }

  /** Take the page behind what is known, also when it was fetched to fill a hole. */
  addAfter(page: ThreadPage): void {
    const isFurther = page.last_seq > this.knownSeq;
    this.items = merged(this.items, page.items);
    this.hasAfter = page.has_after && isFurther;
    this.high = Math.max(this.high, page.last_seq);
    if (!page.has_after) this.lastSeq = Math.max(this.lastSeq, page.last_seq);
    this.settle();
    this.changed();
  }

  /** Take the end of the conversation; true if it joins what is known, else it takes its place. */
  addEnd(page: ThreadPage): boolean {
    const joins = this.isLoaded && (!page.has_before || page.first_seq <= this.knownSeq + 1);
    if (!joins) {
      this.reset(page);
      return false;
    }
    const [before, low] = [this.hasBefore, this.lowSeq];
    this.addAfter(page);
    this.hasBefore = page.first_seq < low ? page.has_before : before;
    this.low = Math.min(low, page.first_seq);
    return true;
  }

  /** Take entries that were told on the live line; how many are new behind what is shown. */
  addLive(items: readonly Item[], lastSeq: number): number {
    const known = this.lastSeq;
    this.lastSeq = Math.max(known, lastSeq, items.at(-1)?.seq ?? 0);
    const taken = this.hasAfter ? items.filter((item) => item.seq <= this.knownSeq) : items;
    if (taken.length) this.items = merged(this.items, taken);
    this.settle();
    this.changed();
    return items.filter((item) => item.seq > known && counts(item)).length;
  }

  /** Take deliveries' states. A state never goes back, except to failed, held, or another try. */
  tick(ticks: readonly Tick[]): void {
    const bySeq = new Map(ticks.map((tick) => [tick.seq, tick]));
    let isChanged = false;
    const items = this.items.map((item) => {
      const tick = bySeq.get(item.seq);
      if (!tick) return item;
      if (tick.is_recalled) {
        isChanged = true;
        return recalled(item);
      }
      if (!tick.state || isBehind(tick.state, item.state)) return item;
      isChanged = true;
      const { error: _, ...rest } = item;
      return { ...rest, state: tick.state, ...(tick.error ? { error: tick.error } : {}) };
    });
    if (!isChanged) return;
    this.items = items;
    this.changed();
  }

  /** Replace one item, as when it was recalled. */
  change(seq: number, by: Partial<Item>): void {
    this.items = this.items.map((item) => (item.seq === seq ? { ...item, ...by } : item));
    this.changed();
  }

  send(message: Pending): void {
    this.ownIds.add(message.id);
    this.pending = [...this.pending.filter((one) => one.id !== message.id), message];
    this.settle();
    this.changed();
  }

  changePending(id: string, by: Partial<Pending>): void {
    this.pending = this.pending.map((one) => (one.id === id ? { ...one, ...by } : one));
    this.settle();
    this.changed();
  }

  dropPending(id: string): void {
    this.pending = this.pending.filter((one) => one.id !== id);
    this.changed();
  }

  find(seq: number): Item | undefined {
    return this.items[placeOf(this.items, seq)];
  }

  /** Whether the row of the list knows more than this: something was missed. */
  isBehind(rowSeq: number): boolean {
    return this.isLoaded && !this.hasAfter && rowSeq > this.lastSeq;
  }

  /** What was pending is there: it is shown in its place. */
  private settle(): void {
    if (!this.pending.length) return;
    const ids = new Set(this.items.map((item) => item.id));
    const seqs = new Set(this.items.map((item) => item.seq));
    this.pending = this.pending.filter(
      (one) => !ids.has(one.id) && !(one.seq !== undefined && seqs.has(one.seq)),
    );
  }
}

/** What was taken back is not shown any more; that it was there is. */
function recalled({ seq, at, kind, id, agent }: Item): Item {
  return { seq, at, kind, is_recalled: true, ...(id ? { id } : {}), ...(agent ? { agent } : {}) };
}

const RANK: Readonly<Record<string, number>> = { pending: 0, sent: 1, delivered: 2, read: 3 };

function isBehind(next: string, now: string | undefined): boolean {
  return (RANK[next] ?? 9) < (RANK[now ?? ""] ?? -1) && next !== "pending";
}

/** Whether somebody should be told of it: what happened by itself is not. */
function counts(item: Item): boolean {
  return item.kind !== "step";
}

function ascending(items: readonly Item[]): readonly Item[] {
  return isAscending(items) ? items : merged([], items);
}

function isAscending(items: readonly Item[]): boolean {
  return items.every((item, at) => at === 0 || items[at - 1]!.seq < item.seq);
}

/** Return both in order; where both have a number, the newer word counts. */
export function merged(known: readonly Item[], more: readonly Item[]): readonly Item[] {
  if (!more.length) return known;
  if (isAscending(more)) {
    if (!known.length || more[0]!.seq > known.at(-1)!.seq) return [...known, ...more];
    if (more.at(-1)!.seq < known[0]!.seq) return [...more, ...known];
  }
  const bySeq = new Map(known.map((item) => [item.seq, item]));
  for (const item of more) bySeq.set(item.seq, item);
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
}

/** Return the index of a number in ascending items, -1 without it. */
export function placeOf(items: readonly Item[], seq: number): number {
  const at = firstFrom(items, seq);
  return items[at]?.seq === seq ? at : -1;
}

/** Return the index of the first item whose number is `seq` or higher. */
export function firstFrom(items: readonly Item[], seq: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
