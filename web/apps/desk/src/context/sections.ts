/** The parts of the context panel, and which of them somebody wants where. */

import type { Key } from "../i18n/index.ts";
import type { IconName } from "../ui/icons.ts";

export const SECTIONS = ["summary", "suggestions", "customer", "orders", "session", "visits", "earlier", "notes"] as const;
export type Section = (typeof SECTIONS)[number];

export const TITLES: Readonly<Record<Section, readonly [Key, IconName]>> = {
  summary: ["panel.summary", "bot"],
  suggestions: ["panel.suggestions", "star"],
  customer: ["panel.customer", "user"],
  orders: ["panel.orders", "list"],
  session: ["panel.session", "clock"],
  visits: ["panel.visits", "globe"],
  earlier: ["panel.earlier", "inbox"],
  notes: ["panel.notes", "edit"],
};

export interface PanelSettings {
  readonly order: readonly Section[];
  readonly closed: readonly Section[];
  readonly isOpen: boolean;
}

const CLOSED_AT_FIRST: readonly Section[] = ["visits", "earlier"];

/** Read what an account remembers; sections that are new come at the end. */
export function readPanel(stored: unknown): PanelSettings {
  const given = typeof stored === "object" && stored !== null ? (stored as Record<string, unknown>) : {};
  const known = sectionsIn(given["order"]);
  return {
    order: [...known, ...SECTIONS.filter((one) => !known.includes(one))],
    closed: Array.isArray(given["closed"]) ? sectionsIn(given["closed"]) : CLOSED_AT_FIRST,
    isOpen: given["isOpen"] !== false,
  };
}

function sectionsIn(value: unknown): readonly Section[] {
  return Array.isArray(value) ? SECTIONS.filter((one) => value.includes(one)).sort((a, b) => value.indexOf(a) - value.indexOf(b)) : [];
}

/** Return the order with one section moved to another place. */
export function moved(order: readonly Section[], section: Section, by: number): readonly Section[] {
  const at = order.indexOf(section);
  const to = Math.min(Math.max(0, at + by), order.length - 1);
  const rest = order.filter((one) => one !== section);
  return [...rest.slice(0, to), section, ...rest.slice(to)];
}
