/** What the mock knows; begun anew by `POST /mock/reset`. */

import type { Board, BoardGroup, Counts, Item, Presence, Row } from "../src/api/types.ts";
import { compared } from "../src/inbox/model/matching.ts";
import { makeItems, makeReviews, makeRows } from "./conversations.ts";
import * as library from "./library.ts";
import { groupId, makeAgents, makeAudit, makeGroups, makePresence, makeSkills } from "./people.ts";

export class State {
  readonly now = Date.now();
  agents = makeAgents(this.now);
  groups = makeGroups();
  skills = makeSkills();
  presence = makePresence(this.agents, this.now);
  audit = makeAudit(this.agents, this.now);
  rows = makeRows(this.agents, this.now);
  reviews = makeReviews(this.rows, this.now);
  canned = library.makeCanned();
  words = library.makeWords();
  codes = library.makeCodes();
  labels = library.makeLabels();
  hours = library.makeHours();
  overrides: Record<string, boolean | number> = {};
  settingsVersion = 0;
  readonly settings = new Map<string, Record<string, unknown>>();
  readonly drafts = new Map<string, { text: string; mode: string; reply_to: number | null; version: number; changed_at: string | null }>();
  readonly notes = new Map<string, Record<string, unknown>[]>();
  private readonly threads = new Map<string, Item[]>();
  private ids = 0;

  newId(prefix: string): string {
    this.ids += 1;
    return `${prefix}${String(9000 + this.ids)}`;
  }

  row(id: string): Row | undefined {
    return this.rows.find((one) => one.conversation_id === id);
  }

  items(row: Row): Item[] {
    const known = this.threads.get(row.conversation_id) ?? makeItems(row, this.agents);
    this.threads.set(row.conversation_id, known);
    return known;
  }

  /** Put something into a thread; returns it with its place. */
  say(row: Row, item: Omit<Item, "seq" | "at">): Item {
    const seq = row.last_seq + 1;
    const said = { ...item, seq, at: new Date().toISOString() } as Item;
    this.items(row).push(said);
    const isCustomer = item.kind === "customer";
    this.change(row, {
      last_seq: seq,
      ...(item.kind === "step" ? {} : { last: { seq, at: said.at, by: item.kind, text: item.text ?? "", kind: "text" } }),
      ...(isCustomer ? { unread: row.unread + 1, unanswered_since: row.unanswered_since ?? said.at } : {}),
      ...(item.kind === "agent" ? { unanswered_since: null } : {}),
    });
    return said;
  }

  change(row: Row, fields: Partial<Row>): Row {
    const place = this.rows.findIndex((one) => one.conversation_id === row.conversation_id);
    const next = { ...this.rows[place]!, ...fields, version: row.version + 1, changed_at: fields.last?.at ?? row.changed_at };
    this.rows[place] = next;
    Object.assign(row, next);
    return next;
  }

  counts(agentId: string): Counts {
    const mine = this.rows.filter((row) => row.state === "assigned" && row.agent?.id === agentId && !row.snoozed_until);
    return {
      mine: mine.length,
      mine_unread: mine.reduce((sum, row) => sum + row.unread, 0),
      waiting: this.waiting().length,
      review: this.reviews.filter((review) => review.state === "open").length,
      all_open: this.rows.filter((row) => row.state === "waiting" || row.state === "assigned").length,
      snoozed: this.rows.filter((row) => row.snoozed_until).length,
    };
  }

  waiting(): Row[] {
    return this.rows.filter((row) => row.state === "waiting").sort((one, other) => compared(one, other, "priority"));
  }

  board(): Board {
    const waiting = this.waiting();
    const longest = (rows: readonly Row[]): string | null =>
      rows.reduce<string | null>((least, row) => (!least || row.waiting_since! < least ? row.waiting_since : least), null);
    const group = (short: string | null, name: string): BoardGroup => {
      const id = short === null ? null : groupId(short);
      const rows = waiting.filter((row) => row.group_id === id);
      const there = this.presence.filter((one) => one.is_accepting && (id === null || one.groups.includes(id)));
      return {
        group_id: id,
        name,
        waiting: rows.length,
        longest_wait_since: longest(rows),
        agents_accepting: there.length,
        free_slots: there.reduce((sum, one) => sum + one.max_sessions - one.open, 0),
        expected_wait_seconds: there.length ? rows.length * 45 : null,
      };
    };
    return {
      waiting: waiting.slice(0, 200),
      waiting_count: waiting.length,
      longest_wait_since: longest(waiting),
      agents: this.presence,
      groups: [...this.groups.map((one) => group(`g${Number(one.id.slice(1))}`, one.name))],
      today: { requested: 318, answered: 276, closed: 241, abandoned: 14, median_wait_seconds: 38, median_handling_seconds: 412 },
    };
  }

  presenceOf(agentId: string): Presence {
    return this.presence.find((one) => one.agent.id === agentId) ?? this.presence[0]!;
  }

  setPresence(agentId: string, fields: Partial<Presence>): Presence {
    const place = this.presence.findIndex((one) => one.agent.id === agentId);
    const before = this.presence[place]!;
    const next = { ...before, ...fields };
    const is_accepting = next.status === "online" && next.is_connected && next.open < next.max_sessions;
    return (this.presence[place] = { ...next, is_accepting });
  }
}
