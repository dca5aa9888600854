/** Customers beside their conversations: visits, notes, and the search. */

import { http, path, type Options } from "./http.ts";
import type { Page, Review } from "./types.ts";

export interface Visit {
  readonly visit_id: string;
  /** In seconds since 1970. */
  readonly begun_at: number;
  readonly seen_at: number;
  readonly duration: number;
  readonly url: string;
  readonly title?: string | null;
  readonly referrer?: string | null;
}

export interface ContactNote {
  readonly id: string;
  readonly customer_id: string;
  readonly text: string;
  readonly author: string;
  readonly author_name: string;
  readonly may_edit: boolean;
  readonly may_remove: boolean;
  readonly version: number;
  readonly created_at: string;
  readonly changed_at: string;
}

/** A customer as their profile is shown. */
export interface Profile {
  readonly customer_id: string;
  readonly conversation_id: string;
  readonly name: string | null;
  readonly phone: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the staff call them. */
  readonly tags: readonly string[];
  readonly identities: readonly { readonly kind: string; readonly value: string | null; readonly is_verified: boolean }[];
}

export const profile = (id: string, options: Options = {}): Promise<Profile> => http.get(path`/customers/${id}`, options);

/** How two customers became one; `undone_at`: they are two again. */
export interface Merge {
  readonly merge_id: number;
  readonly kept: string;
  readonly merged: string;
  /** In seconds since 1970. */
  readonly merged_at: number;
  readonly undone_at: number | null;
}

export const merges = (id: string, options: Options = {}): Promise<{ readonly merges: readonly Merge[] }> =>
  http.get(path`/customers/${id}/merges`, options);

export const undoMerge = (id: string, merge: number): Promise<unknown> => http.post(path`/customers/${id}/undo`, { merge_id: merge });

/** A tag that customers have, and how many have it. */
export interface TagCount {
  readonly tag: string;
  readonly customers: number;
}

export interface TagsChanged {
  readonly customer_id: string;
  readonly tags: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export const tagsInUse = (q: string, limit: number, options: Options = {}): Promise<{ readonly items: readonly TagCount[] }> =>
  http.get("/customer-tags", { ...options, query: { q, limit } });

/** Put tags on the customer of a conversation, and take tags off; what a colleague does at the same time stays. Doing it twice is doing it once. */
export const changeTags = (id: string, body: { readonly add: readonly string[]; readonly remove: readonly string[] }): Promise<TagsChanged> =>
  http.post(path`/conversations/${id}/tags`, body, { isRepeatable: true });

export const visits = (id: string, options: Options = {}): Promise<{ readonly visits: readonly Visit[] }> =>
  http.get(path`/customers/${id}/visits`, { ...options, query: { limit: 20 } });

export const notes = (id: string, cursor: string | null = null, options: Options = {}): Promise<Page<ContactNote>> =>
  http.get(path`/customers/${id}/notes`, { ...options, query: { cursor } });

export const writeNote = (id: string, text: string): Promise<ContactNote> => http.post(path`/customers/${id}/notes`, { text });

export const changeNote = (note: ContactNote, text: string): Promise<ContactNote> =>
  http.put(path`/customers/${note.customer_id}/notes/${note.id}`, { text, version: note.version }, { isRepeatable: false });

export const removeNote = (note: ContactNote): Promise<void> => http.delete(path`/customers/${note.customer_id}/notes/${note.id}`);

export type Kind = "all" | "messages" | "customers";

export interface Found {
  readonly kind: "message" | "customer";
  readonly conversation_id: string;
  /** The conversation to open: the same, or the one that it was merged into. */
  readonly leads_to: string;
  readonly customer_name: string;
  readonly customer_id?: string;
  readonly channel: string;
  readonly at: string;
  readonly seq: number | null;
  readonly by: "customer" | "bot" | "agent" | "private" | "step" | null;
  readonly speaker: string;
  readonly snippet: string;
  readonly ranges: readonly (readonly [number, number])[];
}

export const search = (q: string, kind: Kind, cursor: string | null = null, options: Options = {}): Promise<Page<Found>> =>
  http.get("/search", {
    ...options,
    query: { q, kind, cursor, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone },
  });

export const reviews = (state: "open" | "decided", cursor: string | null = null, options: Options = {}): Promise<Page<Review>> =>
  http.get("/reviews", { ...options, query: { state, cursor } });

/** Say that one looks at a draft; colleagues then see it. */
export const claimReview = (id: string): Promise<Review> => http.post(path`/reviews/${id}/claim`);

export interface Decision {
  readonly decision: "approve" | "edit" | "discard";
  readonly text?: string;
  readonly take?: boolean;
}

export const decide = (id: string, body: Decision): Promise<Review> => http.post(path`/reviews/${id}/decide`, body);
