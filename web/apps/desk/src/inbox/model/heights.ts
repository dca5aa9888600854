/** What a row of the list shows in its third line, and so how high it is. */

import type { Person, Row } from "../../api/types.ts";

export type Chip =
  | { readonly key: string; readonly type: "mark"; readonly mark: Row["mark"] }
  | { readonly key: string; readonly type: "review" }
  | { readonly key: string; readonly type: "snoozed" }
  | { readonly key: string; readonly type: "label"; readonly id: string }
  | { readonly key: string; readonly type: "more"; readonly count: number }
  | { readonly key: string; readonly type: "owner"; readonly agent: Person };

export const LOW = 67;
export const HIGH = 91;
const LABELS = 2;

export function chipsOf(row: Row, myId: string): readonly Chip[] {
  const chips: Chip[] = [];
  if (row.mark) chips.push({ key: "mark", type: "mark", mark: row.mark });
  if (row.review) chips.push({ key: "review", type: "review" });
  if (row.snoozed_until) chips.push({ key: "snoozed", type: "snoozed" });
  for (const id of row.labels.slice(0, LABELS)) chips.push({ key: `label ${id}`, type: "label", id });
  if (row.labels.length > LABELS) chips.push({ key: "more", type: "more", count: row.labels.length - LABELS });
  if (row.agent && row.agent.id !== myId && row.state !== "closed") chips.push({ key: "owner", type: "owner", agent: row.agent });
  return chips;
}

/** Asked for every row of a long list: it makes nothing. */
export function heightOf(row: Row, myId: string): number {
  const hasChips =
    row.mark !== "" ||
    row.review !== null ||
    row.snoozed_until !== null ||
    row.labels.length > 0 ||
    (row.agent !== null && row.agent.id !== myId && row.state !== "closed");
  return hasChips ? HIGH : LOW;
}
