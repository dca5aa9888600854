/**
 * The list of conversations of one view.
 *
 * Pages come by cursor, changes by the live line. While the list is held (the pointer is on it),
 * rows change where they are, and what would move or come in waits until it is let go.
 */

import type { Sort } from "../../api/conversations.ts";
import type { Row } from "../../api/types.ts";
import { isOlder } from "./age.ts";
import { compared, matches, type Filter } from "./matching.ts";

export class RowList {
  rows: readonly Row[] = [];
  /** Where the next page begins; null: everything is here. */
  next: string | null = null;
  isLoaded = false;
  private isHeld = false;
  /** What came while the list was held; null: it goes. */
  private readonly held = new Map<string, Row | null>();

  constructor(
    readonly filter: Filter,
    readonly sort: Sort,
    private readonly changed: () => void = () => {},
  ) {}

  /** How many conversations wait to come in or to move to another place. */
  get waiting(): number {
    return [...this.held.values()].filter((row) => row !== null && !this.has(row.conversation_id)).length;
  }

  get hasHeld(): boolean {
    return this.held.size > 0;
  }

  has(id: string): boolean {
    return this.rows.some((row) => row.conversation_id === id);
  }

  find(id: string): Row | undefined {
    return this.rows.find((row) => row.conversation_id === id);
  }

  reset(items: readonly Row[], next: string | null): void {
    this.held.clear();
    this.rows = items;
    this.next = next;
    this.isLoaded = true;
    this.changed();
  }

  /** Take the next page; a row that is here already moved since and stays where it is. */
  addPage(items: readonly Row[], next: string | null): void {
    const known = new Set(this.rows.map((row) => row.conversation_id));
    this.rows = [...this.rows, ...items.filter((row) => !known.has(row.conversation_id))];
    this.next = next;
    this.changed();
  }

  /** Take what the live line tells of a conversation; null: it is no longer to be seen. */
  take(id: string, told: Row | null): void {
    const known = this.find(id);
    // Whether one has a draft is left out where others hear it too.
    const row = told && { ...told, has_draft: told.has_draft ?? known?.has_draft ?? false };
    if (row && isOlder(row, known ?? this.held.get(id))) return;
    const belongs = row !== null && matches(row, this.filter);
    if (!belongs) {
      this.remove(id, row);
    } else if (!known) {
      this.comeIn(row);
    } else if (this.isHeld) {
      this.replace(row);
      if (this.wouldMove(row)) this.held.set(id, row);
      else this.held.delete(id);
    } else {
      this.place(row);
    }
    this.changed();
  }

  /** Hold the list, or let it go and bring everything to its place. */
  hold(on: boolean): void {
    this.isHeld = on;
    if (!on) this.release();
  }

  /** Bring everything that waits to its place; the list stays held if it is. */
  release(): void {
    if (!this.held.size) return;
    const coming = [...this.held].map(([id, row]) => row && (this.find(id) ?? row));
    this.rows = this.rows.filter((row) => !this.held.has(row.conversation_id));
    for (const row of coming) if (row) this.place(row);
    this.held.clear();
    this.changed();
  }

  private comeIn(row: Row): void {
    if (this.isBeyond(row)) return;
    if (this.isHeld) this.held.set(row.conversation_id, row);
    else this.place(row);
  }

  private remove(id: string, row: Row | null): void {
    this.held.delete(id);
    if (!this.has(id)) return;
    if (this.isHeld) {
      if (row) this.replace(row);
      this.held.set(id, null);
    } else {
      this.rows = this.rows.filter((one) => one.conversation_id !== id);
    }
  }

  private replace(row: Row): void {
    this.rows = this.rows.map((one) => (one.conversation_id === row.conversation_id ? row : one));
  }

  private place(row: Row): void {
    const rest = this.rows.filter((one) => one.conversation_id !== row.conversation_id);
    let [low, high] = [0, rest.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compared(rest[middle]!, row, this.sort) <= 0) low = middle + 1;
      else high = middle;
    }
    this.rows = [...rest.slice(0, low), row, ...rest.slice(low)];
  }

  private wouldMove(row: Row): boolean {
    const at = this.rows.findIndex((one) => one.conversation_id === row.conversation_id);
    const [before, after] = [this.rows[at - 1], this.rows[at + 1]];
    return (
      (before !== undefined && compared(before, row, this.sort) > 0) ||
      (after !== undefined && compared(row, after, this.sort) > 0)
    );
  }

  /** Whether it comes with a later page. */
  private isBeyond(row: Row): boolean {
    const last = this.rows.at(-1);
    return this.next !== null && last !== undefined && compared(last, row, this.sort) < 0;
  }
}
