/**
 * Which stretch of a thread is in the page: a long conversation is shown some hundred items at a
 * time, so that opening, scrolling and writing cost the same however long it is.
 */

import type { Item } from "../../api/types.ts";
import { firstFrom } from "./thread.ts";

export const OPENED = 40;
/** So many come in at once: few enough for one frame. */
export const STEP = 16;
/** Beyond so many, what is furthest from the eye is left out. */
export const MOST = 140;

export interface Window {
  /** The lowest number shown; 0: from the first item on. */
  readonly from: number;
  /** The highest number shown; null: to the end, what comes included. */
  readonly to: number | null;
}

export function atEnd(items: readonly Item[], count: number = OPENED): Window {
  return { from: items[Math.max(0, items.length - count)]?.seq ?? 0, to: null };
}

export function around(items: readonly Item[], seq: number): Window {
  const place = firstFrom(items, seq);
  const from = items[Math.max(0, place - OPENED / 2)]?.seq ?? 0;
  return { from, to: items[place + OPENED / 2]?.seq ?? null };
}

export function shownOf(items: readonly Item[], window: Window): readonly Item[] {
  const end = window.to === null ? items.length : firstFrom(items, window.to + 1);
  return items.slice(firstFrom(items, window.from), end);
}

/** The item right before what is shown. */
export function beforeShown(items: readonly Item[], window: Window): Item | undefined {
  return items[firstFrom(items, window.from) - 1];
}

/** Show more towards the beginning; null: nothing more is known. */
export function up(items: readonly Item[], window: Window): Window | null {
  const first = firstFrom(items, window.from);
  if (first === 0) return null;
  const begin = Math.max(0, first - STEP);
  const end = endOf(items, window);
  const cut = end - begin > MOST ? begin + MOST : end;
  return { from: items[begin]!.seq, to: cut === items.length && window.to === null ? null : items[cut - 1]!.seq };
}

/** Show more towards the end; null: the end is shown. */
export function down(items: readonly Item[], window: Window): Window | null {
  if (window.to === null) return null;
  const begin = firstFrom(items, window.from);
  const end = Math.min(items.length, endOf(items, window) + STEP);
  const cut = end - begin > MOST ? end - MOST : begin;
  return { from: items[cut]?.seq ?? 0, to: end === items.length ? null : items[end - 1]!.seq };
}

/** Whether an item is among what is shown. */
export function shows(window: Window, seq: number): boolean {
  return seq >= window.from && (window.to === null || seq <= window.to);
}

function endOf(items: readonly Item[], window: Window): number {
  return window.to === null ? items.length : firstFrom(items, window.to + 1);
}
