/** The trainer's inbox, and the news of files that are watched. */

import { http, path } from "./http.ts";

export interface Suggestion {
  readonly intent: string;
  readonly confidence: number;
}

export interface GroupText {
  readonly id: string;
  readonly text: string;
  readonly example: string;
  readonly count: number;
  readonly warnings: readonly ("name" | "number")[];
}

export interface MessageGroup {
  readonly id: string;
  readonly count: number;
  readonly last_at: string;
  readonly lowest_confidence: number;
  readonly why: Readonly<Record<string, number>>;
  readonly channels: Readonly<Record<string, number>>;
  readonly is_new: boolean;
  readonly suggestions: readonly Suggestion[];
  readonly texts: readonly GroupText[];
}

export interface TrainingInbox {
  readonly groups: readonly MessageGroup[];
  readonly messages: number;
  readonly more: number;
  readonly understood: number;
  readonly below: number;
  readonly intents: readonly string[];
  readonly channels: readonly string[];
  readonly is_watching: boolean;
  readonly is_writable: boolean;
  readonly is_cut: boolean;
}

export const WHYS = ["edited", "discarded", "taken_over", "not_understood", "handed_over", "asked_human", "unhelpful", "unsure"] as const;
export const SORTS = ["frequent", "newest", "unsure"] as const;

/** Which groups are listed; what is empty filters nothing. */
export interface TrainingWish {
  days: number;
  channel: string;
  why: (typeof WHYS)[number] | "";
  intent: string;
  text: string;
  confidence: readonly [number, number] | null;
  sort: (typeof SORTS)[number];
}

export interface Accepted {
  readonly intent: string;
  readonly is_new: boolean;
  readonly placed: readonly { readonly example: string; readonly file: string; readonly line: number }[];
  readonly news: number | null;
}

export interface News {
  readonly number: number;
  readonly latest: {
    readonly kind: string;
    readonly seconds: number;
    readonly problems: readonly { readonly place: string; readonly message: string }[];
    readonly text: string;
  };
}

export interface AcceptWish {
  readonly intent: string;
  readonly is_new: boolean;
  readonly examples: readonly string[];
  /** Ids of the texts that were shown: these are settled, and none that came meanwhile. */
  readonly texts: readonly string[];
}

export const trainingInbox = (wish: TrainingWish, limit: number, signal?: AbortSignal): Promise<TrainingInbox> => {
  const { days, channel, why, intent, text, sort } = wish;
  const [from, to] = wish.confidence ?? [null, null];
  const query = { days: days || null, channel, why, intent, text, sort, limit, confidence_from: from, confidence_to: to };
  return http.get("/training/inbox", { query, signal });
};
export const accept = (id: string, wish: AcceptWish, days: number): Promise<Accepted> =>
  http.post(path`/training/inbox/${id}/accept`, wish, { query: { days: days || null } });
export const setAside = (id: string, how: "dismiss" | "later", texts: readonly string[], days: number): Promise<void> =>
  http.post(path`/training/inbox/${id}/${how}`, { texts }, { query: { days: days || null } });
export const undo = (id: string): Promise<void> => http.post(path`/training/inbox/${id}/undo`);

/** Wait for news after that of a number; null: nobody tells, as from outside of the network. */
export async function newsAfter(number: number, signal: AbortSignal): Promise<News | null> {
  const answer = await fetch(`/watch/news?after=${number}`, { signal, headers: { Accept: "application/json" } });
  return answer.ok ? ((await answer.json()) as News) : null;
}
