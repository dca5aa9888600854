/** What is shown of a thread, line by line: days, what is unread, steps, and bubbles in groups. */

import type { Item } from "../../api/types.ts";
import type { Pending } from "./thread.ts";

export type Line =
  | { readonly type: "day"; readonly key: string; readonly at: string }
  | { readonly type: "unread"; readonly key: string }
  | { readonly type: "step"; readonly key: string; readonly item: Item }
  | {
      readonly type: "message";
      readonly key: string;
      readonly item: Item;
      /** Of several by one person in a row. */
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | {
      readonly type: "pending";
      readonly key: string;
      readonly pending: Pending;
      readonly isFirst: boolean;
      readonly isLast: boolean;
    };

/** Bubbles of one person stand together when they are no further apart. */
const TOGETHER = 3 * 60_000;

export interface Shown {
  readonly items: readonly Item[];
  readonly pending?: readonly Pending[];
  /** The first item that was not read when the conversation was opened. */
  readonly unreadFrom?: number | null;
  readonly ownIds?: ReadonlySet<string>;
  /** Of whoever looks, for pending messages. */
  readonly myId?: string;
  /** The day of what comes right before, so that it is not told twice. */
  readonly before?: Item | undefined;
}

export function linesOf(shown: Shown): Line[] {
  const { items, pending = [], unreadFrom = null, ownIds, myId = "", before } = shown;
  const lines: Line[] = [];
  let last: Speaker | null = before ? speakerOf(before) : null;
  let day = before ? dayOf(before.at) : "";
  let isUnreadShown = unreadFrom === null || (before !== undefined && before.seq >= unreadFrom);
  for (const item of items) {
    const itsDay = dayOf(item.at);
    if (itsDay !== day) {
      lines.push({ type: "day", key: `day ${item.seq}`, at: item.at });
      [day, last] = [itsDay, null];
    }
    if (!isUnreadShown && item.seq >= unreadFrom!) {
      lines.push({ type: "unread", key: "unread" });
      [isUnreadShown, last] = [true, null];
    }
    if (item.kind === "step") {
      lines.push({ type: "step", key: `s${item.seq}`, item });
      last = null;
      continue;
    }
    const speaker = speakerOf(item);
    const isFirst = !isTogether(last, speaker);
    if (!isFirst) endOpen(lines, false);
    const key = item.id && ownIds?.has(item.id) ? `own ${item.id}` : `s${item.seq}`;
    lines.push({ type: "message", key, item, isFirst, isLast: true });
    last = speaker;
  }
  for (const one of pending) {
    const speaker = { who: `${one.kind} ${myId}${one.isWhisper ? " whisper" : ""}`, at: +new Date(one.at) };
    if (dayOf(one.at) !== day) {
      lines.push({ type: "day", key: `day ${one.id}`, at: one.at });
      [day, last] = [dayOf(one.at), null];
    }
    const isFirst = !isTogether(last, speaker);
    if (!isFirst) endOpen(lines, false);
    lines.push({ type: "pending", key: `own ${one.id}`, pending: one, isFirst, isLast: true });
    last = speaker;
  }
  return lines;
}

interface Speaker {
  readonly who: string;
  readonly at: number;
}

function speakerOf(item: Item): Speaker | null {
  if (item.kind === "step") return null;
  return {
    who: `${item.kind} ${item.agent?.id ?? ""}${item.is_whisper ? " whisper" : ""}`,
    at: +new Date(item.at),
  };
}

function isTogether(last: Speaker | null, next: Speaker | null): boolean {
  return last !== null && next !== null && last.who === next.who && next.at - last.at < TOGETHER;
}

function endOpen(lines: Line[], isLast: boolean): void {
  const line = lines.at(-1);
  if (line?.type === "message" || line?.type === "pending") lines[lines.length - 1] = { ...line, isLast };
}

/** The calendar day where whoever looks is. */
export function dayOf(iso: string): string {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/**
 * Return the number of the first unread message: the `unread`-th of the customer's, counted from
 * the end, or the first that is known when there are more. Null: nothing is unread.
 */
export function unreadFrom(items: readonly Item[], unread: number): number | null {
  if (unread <= 0) return null;
  let left = unread;
  let first: number | null = null;
  for (let at = items.length - 1; at >= 0 && left > 0; at -= 1) {
    if (items[at]!.kind !== "customer") continue;
    first = items[at]!.seq;
    left -= 1;
  }
  return first;
}
