/** What is looked for: words, and filters that stand in the query as the server reads them. */

import type { Kind } from "../api/customers.ts";

export interface Wanted {
  q: string;
  kind: Kind;
  by: string;
  channel: string;
  after: string;
  before: string;
}

const KINDS: readonly string[] = ["all", "messages", "customers"];
const SPEAKERS: readonly string[] = ["customer", "bot", "agent", "private"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Return the query for the server; filters of messages are left out where customers are looked for. */
export function queryOf(wanted: Wanted): string {
  const { q, kind, by, channel, after, before } = wanted;
  if (kind === "customers") return q.trim();
  const filters = [
    by && `from:${by}`,
    channel && `channel:${channel}`,
    after && `after:${after}`,
    // The last day counts too.
    before && `before:${dayAfter(before)}`,
  ];
  return [q.trim(), ...filters].filter(Boolean).join(" ");
}

/** Read what an address asks for; what is none is left out. */
export function readQuery(query: Readonly<Record<string, unknown>>): Wanted {
  const text = (name: string): string => (typeof query[name] === "string" ? (query[name] as string) : "");
  const day = (name: string): string => (DAY.test(text(name)) ? text(name) : "");
  return {
    q: text("q").slice(0, 200),
    kind: KINDS.includes(text("kind")) ? (text("kind") as Kind) : "all",
    by: SPEAKERS.includes(text("by")) ? text("by") : "",
    channel: /^[\w-]{0,40}$/.test(text("channel")) ? text("channel") : "",
    after: day("after"),
    before: day("before"),
  };
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}
