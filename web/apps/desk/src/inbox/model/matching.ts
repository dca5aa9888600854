/** Which conversations a view shows, and in which order: as the server decides it. */

import type { Sort, View } from "../../api/conversations.ts";
import type { Row } from "../../api/types.ts";
import { hasTag } from "../../context/tags.ts";

export interface Filter {
  readonly view: View;
  /** Who looks. */
  readonly myId: string;
  readonly channel?: string;
  readonly group?: string;
  readonly label?: string;
  readonly agent?: string;
  readonly state?: string;
  readonly tier?: number | null;
  readonly tag?: string;
}

export function matches(row: Row, filter: Filter): boolean {
  return isInView(row, filter) && isWanted(row, filter);
}

function isInView(row: Row, { view, myId }: Filter): boolean {
  const isMine = row.agent?.id === myId || row.invited.some((one) => one.id === myId);
  const isSnoozed = row.snoozed_until !== null;
  switch (view) {
    case "mine":
      return row.state === "assigned" && isMine && !isSnoozed;
    case "waiting":
      return row.state === "waiting" && !isSnoozed;
    case "snoozed":
      return isSnoozed && row.state !== "closed";
    case "closed":
      return row.state === "closed";
    case "all":
      return row.state !== "closed";
  }
}

function isWanted(row: Row, filter: Filter): boolean {
  const { channel, group, label, agent, state, tier, tag } = filter;
  return (
    (!channel || row.channel === channel) &&
    (!group || row.group_id === group) &&
    (!label || row.labels.includes(label)) &&
    (!agent || row.agent?.id === agent) &&
    (!state || row.state === state) &&
    (tier === undefined || tier === null || row.customer.tier >= tier) &&
    (!tag || hasTag(row.customer.tags, tag))
  );
}

/** Return a negative number when `one` stands before `other`. */
export function compared(one: Row, other: Row, sort: Sort): number {
  const there = place(other, sort);
  for (const [at, here] of place(one, sort).entries()) {
    if (here !== there[at]) return here < there[at]! ? -1 : 1;
  }
  return one.conversation_id < other.conversation_id ? -1 : one.conversation_id > other.conversation_id ? 1 : 0;
}

/** Where a row stands: what came first is least. It is the order of the server, so that rows stay when a page is fetched again. */
function place(row: Row, sort: Sort): readonly number[] {
  const changed = +new Date(row.changed_at);
  if (sort === "oldest") return [changed];
  if (sort === "newest") return [-changed];
  // Without an open session there is no wait and no priority: behind all that have one.
  if (row.state === "bot" || row.state === "closed") return [1, -changed];
  const since = row.waiting_since === null ? Infinity : +new Date(row.waiting_since);
  if (sort === "waiting") return [0, since, since === Infinity ? -changed : 0];
  return [0, row.is_first_in_line ? 0 : 1, -row.priority, -row.customer.tier, since];
}
