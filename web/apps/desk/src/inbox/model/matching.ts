/** Which conversations a view shows, and in which order: as the server decides it. */

import type { Sort, View } from "../../api/conversations.ts";
import type { Row } from "../../api/types.ts";

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
  const { channel, group, label, agent, state, tier } = filter;
  return (
    (!channel || row.channel === channel) &&
    (!group || row.group_id === group) &&
    (!label || row.labels.includes(label)) &&
    (!agent || row.agent?.id === agent) &&
    (!state || row.state === state) &&
    (tier === undefined || tier === null || row.customer.tier >= tier)
  );
}

/** Return a negative number when `one` stands before `other`. */
export function compared(one: Row, other: Row, sort: Sort): number {
  const by = ORDERS[sort](one, other);
  return by || (one.conversation_id < other.conversation_id ? -1 : one.conversation_id > other.conversation_id ? 1 : 0);
}

const changedAt = (row: Row): number => +new Date(row.changed_at);
const waitingAt = (row: Row): number => (row.waiting_since === null ? Infinity : +new Date(row.waiting_since));
const difference = (one: number, other: number): number => (one === other ? 0 : one < other ? -1 : 1);
const newest = (one: Row, other: Row): number => difference(changedAt(other), changedAt(one));
const longest = (one: Row, other: Row): number =>
  difference(waitingAt(one), waitingAt(other)) || newest(one, other);

const ORDERS: Readonly<Record<Sort, (one: Row, other: Row) => number>> = {
  newest,
  oldest: (one, other) => newest(other, one),
  waiting: longest,
  priority: (one, other) =>
    difference(other.priority, one.priority) || difference(other.customer.tier, one.customer.tier) || longest(one, other),
};
