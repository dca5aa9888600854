/** What one looks at in the list: a view, filters, an order; and the ones that were saved. */

import type { Sort, View } from "../../api/conversations.ts";

export const VIEWS: readonly View[] = ["mine", "waiting", "all", "snoozed", "closed"];
export const SORTS: readonly Sort[] = ["newest", "oldest", "waiting", "priority"];

export interface Filters {
  readonly channel: string;
  readonly group: string;
  readonly label: string;
  readonly agent: string;
  readonly state: string;
  readonly tier: number | null;
  /** Of the customer. */
  readonly tag: string;
}

export const NO_FILTERS: Filters = { channel: "", group: "", label: "", agent: "", state: "", tier: null, tag: "" };

export interface SavedView {
  readonly id: string;
  readonly name: string;
  readonly view: View;
  readonly sort: Sort;
  readonly filters: Filters;
}

export const MOST_SAVED = 30;

/** How the waiting are sorted when nobody chose: who waits longest is first. */
export function usualSort(view: View): Sort {
  return view === "waiting" ? "waiting" : "newest";
}

export function countOf(filters: Filters): number {
  return Object.values(filters).filter((value) => value !== "" && value !== null).length;
}

/** Read saved views out of what an account remembers; what is none is left out. */
export function readSaved(stored: unknown): readonly SavedView[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(isRecord).map(readOne).filter((one) => one !== null).slice(0, MOST_SAVED);
}

function readOne(one: Record<string, unknown>): SavedView | null {
  const { id, name, view, sort } = one;
  if (typeof id !== "string" || typeof name !== "string" || !name) return null;
  if (!VIEWS.includes(view as View)) return null;
  const filters = isRecord(one["filters"]) ? one["filters"] : {};
  return {
    id,
    name,
    view: view as View,
    sort: SORTS.includes(sort as Sort) ? (sort as Sort) : usualSort(view as View),
    filters: readFilters(filters),
  };
}

export function readFilters(stored: Readonly<Record<string, unknown>>): Filters {
  const text = (name: string): string => (typeof stored[name] === "string" ? (stored[name] as string) : "");
  const tier = Number(stored["tier"] ?? NaN);
  return {
    channel: text("channel"),
    group: text("group"),
    label: text("label"),
    agent: text("agent"),
    state: text("state"),
    tier: Number.isInteger(tier) && tier > 0 ? tier : null,
    tag: text("tag"),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
