/** The trainer's inbox, and the news of files that are watched. */

import { http, path } from "./http.ts";

export interface Suggestion {
  readonly intent: string;
  readonly confidence: number;
}

export interface GroupText {
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
  readonly is_watching: boolean;
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
}

export const trainingInbox = (days: number | null, signal?: AbortSignal): Promise<TrainingInbox> =>
  http.get("/training/inbox", { query: { days }, signal });
export const accept = (id: string, wish: AcceptWish): Promise<Accepted> => http.post(path`/training/inbox/${id}/accept`, wish);
export const setAside = (id: string, how: "dismiss" | "later"): Promise<void> => http.post(path`/training/inbox/${id}/${how}`);
export const undo = (id: string): Promise<void> => http.post(path`/training/inbox/${id}/undo`);

/** Wait for news after that of a number; null: nobody tells, as from outside of the network. */
export async function newsAfter(number: number, signal: AbortSignal): Promise<News | null> {
  const answer = await fetch(`/watch/news?after=${number}`, { signal, headers: { Accept: "application/json" } });
  return answer.ok ? ((await answer.json()) as News) : null;
}
