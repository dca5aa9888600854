/** The frames of the desk's live line; `docs/reference/http.md` describes them. */

import type { Counts, Item, Person, Presence, Review, Row } from "../api/types.ts";

export type ClientFrame =
  | { type: "hello"; cursor: number | null; open: Readonly<Record<string, number>> }
  | { type: "open"; conversation_id: string; after: number }
  | { type: "shut"; conversation_id: string }
  | { type: "typing"; conversation_id: string; on: boolean }
  | { type: "ping" };

export type NoticeKind =
  | "assigned"
  | "transferred"
  | "mentioned"
  | "invited"
  | "requeued"
  | "taken_over"
  | "review"
  | "woken"
  | "unanswered";

/** What happened, at an ascending position; others' positions are left out. */
export type EventFrame = { type: "event"; position: number } & (
  | { kind: "row"; conversation_id: string; row: Row | null }
  | { kind: "presence"; presence: Presence }
  | { kind: "review"; review: Review }
  | { kind: "library"; what: string }
  | { kind: "notice"; what: NoticeKind; conversation_id: string; by: Person | null; text: string }
);

export interface Welcome {
  type: "welcome";
  cursor: number;
  is_gapless: boolean;
  presence: Presence;
  counts: Counts;
}

export interface Items {
  type: "items";
  conversation_id: string;
  items: readonly Item[];
  last_seq: number;
  row: Row | null;
}

export interface ChangedItems {
  type: "changed_items";
  conversation_id: string;
  items: readonly { seq: number; state?: Item["state"]; error?: string; is_recalled?: true }[];
}

export interface Typing {
  type: "typing";
  conversation_id: string;
  by: "customer" | "agent";
  agent: Person | null;
  on: boolean;
  text?: string;
}

export interface Viewers {
  type: "viewers";
  conversation_id: string;
  agents: readonly (Person & { is_typing: boolean })[];
}

export type ServerFrame =
  | Welcome
  | EventFrame
  | Items
  | ChangedItems
  | Typing
  | Viewers
  | { type: "cursor"; position: number }
  | { type: "counts"; counts: Counts }
  | { type: "pong" }
  | { type: "bye"; reason: "signed_out" | "replaced" | "restart" };

/** Where a handler hears of a frame: by the kind of an event, else by the type. */
export interface Heard {
  row: Extract<EventFrame, { kind: "row" }>;
  presence: Extract<EventFrame, { kind: "presence" }>;
  review: Extract<EventFrame, { kind: "review" }>;
  library: Extract<EventFrame, { kind: "library" }>;
  notice: Extract<EventFrame, { kind: "notice" }>;
  items: Items;
  changed_items: ChangedItems;
  typing: Typing;
  viewers: Viewers;
  counts: { counts: Counts };
  /** The line is up; what was missed follows. */
  welcome: Welcome;
  /** What is known is too old: load lists and threads again. */
  stale: Record<string, never>;
}
