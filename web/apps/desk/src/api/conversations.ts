/** Conversations: lists, threads, and what agents do in them. */

import { http, path, type Options } from "./http.ts";
import type { Counts, Item, Page, Person, Row } from "./types.ts";

export type View = "mine" | "waiting" | "all" | "closed" | "snoozed";
export type Sort = "newest" | "oldest" | "waiting" | "priority";

export interface RowQuery {
  readonly view: View;
  readonly channel?: string;
  readonly group?: string;
  readonly label?: string;
  readonly agent?: string;
  readonly state?: string;
  readonly tier?: number | null;
  /** Of the customer. */
  readonly tag?: string;
  readonly sort?: Sort;
  readonly cursor?: string | null;
  readonly limit?: number;
}

export interface ThreadPage {
  readonly conversation_id: string;
  /** Ascending by `seq`. */
  readonly items: readonly Item[];
  readonly first_seq: number;
  readonly last_seq: number;
  readonly has_before: boolean;
  readonly has_after: boolean;
}

export interface WrapUp {
  readonly code: string;
  readonly comment: string;
}

export interface Session {
  readonly session_id: string;
  readonly conversation_id: string;
  readonly state: string;
  readonly agent: Person | null;
  readonly group_id: string | null;
  readonly reason: { readonly code: string; readonly detail: string } | string | null;
  /** What the bot knows and tried; `context/summary.ts` reads it. */
  readonly summary: Readonly<Record<string, unknown>> | null;
  readonly requested_at: string;
  readonly assigned_at: string | null;
  readonly first_answer_at: string | null;
  readonly closed_at: string | null;
  readonly closed_by: { readonly kind: string; readonly agent?: Person | null } | null;
  readonly wrap_up: WrapUp | null;
  readonly rating: { readonly score: number; readonly comment: string; readonly nps?: number | null } | null;
  readonly labels: readonly string[];
  readonly handling_seconds: number | null;
  readonly waiting_seconds: number | null;
  readonly version: number;
}

export interface Identity {
  readonly kind: string;
  readonly value: string | null;
  readonly is_verified: boolean;
}

export interface Customer {
  readonly id: string;
  readonly conversation_id: string;
  readonly name: string | null;
  readonly tier: number;
  readonly phone: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the staff call them. */
  readonly tags: readonly string[];
  readonly identities: readonly Identity[];
  readonly is_blocked: boolean;
}

export interface Quota {
  readonly left: number;
  readonly of: number;
  readonly until: string | null;
  readonly text: string;
}

export const ABILITIES = [
  "answer",
  "note",
  "claim",
  "take_over",
  "assign",
  "transfer",
  "close",
  "listen",
  "whisper",
  "block",
  "merge",
  "tag",
  "export",
  "recall",
] as const;
export type Ability = (typeof ABILITIES)[number];

/** A conversation that is part of another one by now. */
export interface Merged {
  readonly conversation_id: string;
  readonly channel: string;
  readonly merged_at: string;
}

export interface Context {
  readonly row: Row;
  readonly session: Session | null;
  readonly customer: Customer;
  /** What the bot knows and tried; `context/summary.ts` reads it. */
  readonly summary: Readonly<Record<string, unknown>> | null;
  readonly quota: Quota | null;
  readonly viewers: readonly Person[];
  readonly merged: readonly Merged[];
  readonly can: Readonly<Partial<Record<Ability, boolean>>>;
}

export interface Hit {
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly snippet: string;
  readonly ranges: readonly (readonly [number, number])[];
}

export interface Order {
  readonly order_id: string;
  readonly title?: string | null;
  readonly status?: string | null;
  readonly amount?: string | null;
  readonly items?: readonly unknown[] | null;
  readonly url?: string | null;
  readonly placed_at?: string | null;
}

export interface Suggestion {
  readonly kind: "faq" | "past" | "draft" | "canned";
  readonly text: string;
  readonly source: string;
  readonly score: number;
  readonly suggestion_id: string;
}

export interface Uploaded {
  readonly attachment: string;
  readonly url: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface BulkDone {
  readonly done: readonly string[];
  readonly failed: readonly { readonly conversation_id: string; readonly problem: unknown }[];
}

export const rows = (query: RowQuery, options: Options = {}): Promise<Page<Row>> =>
  http.get("/inbox", { ...options, query: { ...query } });

export const counts = (options: Options = {}): Promise<Counts> => http.get("/inbox/counts", options);

export const row = (id: string, options: Options = {}): Promise<Row> =>
  http.get(path`/conversations/${id}/row`, options);

/** `of`: a conversation that was merged into this one, in whose place. */
export type Place = { readonly before?: number; readonly after?: number; readonly around?: number; readonly of?: string };

export const thread = (id: string, place: Place, limit: number, options: Options = {}): Promise<ThreadPage> =>
  http.get(path`/conversations/${id}/thread`, { ...options, query: { ...place, limit } });

export const findInThread = (id: string, q: string, options: Options = {}): Promise<Page<Hit>> =>
  http.get(path`/conversations/${id}/thread/search`, { ...options, query: { q } });

export const context = (id: string, options: Options = {}): Promise<Context> =>
  http.get(path`/conversations/${id}/context`, options);

export const sessions = (id: string, cursor: string | null = null, options: Options = {}): Promise<Page<Session>> =>
  http.get(path`/conversations/${id}/sessions`, { ...options, query: { cursor } });

export const orders = (
  id: string,
  options: Options = {},
): Promise<{ readonly orders: readonly Order[]; readonly error: string | null; readonly is_set_up?: boolean }> =>
  http.get(path`/conversations/${id}/orders`, options);

export const suggestions = (id: string, options: Options = {}): Promise<{ readonly items: readonly Suggestion[] }> =>
  http.get(path`/conversations/${id}/suggestions`, options);

export const suggestionUsed = (id: string, suggestion: string, text: string): Promise<void> =>
  http.post(path`/conversations/${id}/suggestions/${suggestion}/used`, { text });

export interface MessageBody {
  readonly message_id: string;
  readonly text?: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly reply_to?: number;
}

export interface NoteBody {
  readonly message_id: string;
  readonly text: string;
  readonly mentions: readonly string[];
  readonly is_whisper?: boolean;
}

/** Repeating either is safe: the message bears its own id. */
export const sendMessage = (id: string, body: MessageBody): Promise<{ readonly seq: number }> =>
  http.post(path`/conversations/${id}/messages`, body, { isRepeatable: true });

export const sendNote = (id: string, body: NoteBody): Promise<{ readonly seq: number }> =>
  http.post(path`/conversations/${id}/private`, body, { isRepeatable: true });

const act = <Body>(name: string) => {
  return (id: string, body: Body): Promise<Row> => http.post(`${path`/conversations/${id}`}/${name}`, body);
};

export const claim = act<Record<string, never>>("claim");
export const assign = act<{ agent_id: string; note?: string }>("assign");
export const takeOver = act<{ note?: string }>("take_over");
export type Target = { agent_id: string } | { group_id: string } | { bot: true };
export const transfer = act<{ to: Target; note: string }>("transfer");
export const requeue = act<{ note?: string }>("requeue");
export const close = act<{ wrap_up?: WrapUp; note?: string; invite_rating: boolean }>("close");
export const reopen = act<Record<string, never>>("reopen");
export const invite = act<{ agent_id: string; note?: string }>("invite");
export const leave = act<Record<string, never>>("leave");
export const listen = act<{ on: boolean }>("listen");
export const snooze = act<{ until: string | null }>("snooze");
export const label = act<{ add: readonly string[]; remove: readonly string[] }>("labels");
export const setPriority = act<{ priority: number }>("priority");
export const recall = act<{ seq: number }>("recall");
export const markUnread = act<{ seq: number }>("unread");
export const block = act<{ until: string | null; reason: string } | { on: false }>("block");
export const inviteRating = act<Record<string, never>>("rating_invitation");

export const markRead = (id: string, seq: number): Promise<void> =>
  http.post(path`/conversations/${id}/read`, { seq }, { isRepeatable: true });

export const sendAgain = (delivery: string): Promise<void> => http.post(path`/deliveries/${delivery}/send-again`);

export const merge = (customer: string, other: string): Promise<unknown> =>
  http.post(path`/customers/${customer}/merge`, { other_customer_id: other });

export type BulkAct = "close" | "label" | "assign" | "snooze" | "read";

/** Do one thing to up to 200 conversations; what failed is told one by one. */
export const bulk = (
  ids: readonly string[],
  what: BulkAct,
  more: Readonly<Record<string, unknown>> = {},
): Promise<BulkDone> => http.post("/inbox/bulk", { conversation_ids: ids, act: what, ...more });

/** The address of an export, which the browser fetches itself. */
export const exportAddress = (id: string, format: "html" | "json" | "csv"): string =>
  `/api/v1${path`/conversations/${id}/export`}?format=${format}`;
