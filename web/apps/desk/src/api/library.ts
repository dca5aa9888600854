/** What agents and administrators keep: canned replies, words, codes, labels, hours. */

import { http, path } from "./http.ts";
import type { Page, Person } from "./types.ts";
import { all } from "./staff.ts";

const LIMIT = 200;

const every = <T>(where: string, query: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<T[]> =>
  all<T>((cursor) => http.get<Page<T>>(where, { query: { ...query, cursor, limit: LIMIT }, signal }));

export interface Label {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly description: string;
  readonly version: number;
}

export type Scope = "personal" | "group" | "shared";

export interface Canned {
  readonly id: string;
  readonly folder: string;
  readonly title: string;
  readonly shortcut: string;
  readonly text: string;
  readonly language: string;
  readonly scope: Scope;
  readonly group_id: string | null;
  readonly owner: Person | null;
  readonly used: number;
  readonly version: number;
}

export const labels = (signal?: AbortSignal): Promise<Label[]> => every<Label>("/labels", {}, signal);
export const canned = (signal?: AbortSignal): Promise<Canned[]> => every<Canned>("/canned", {}, signal);

void path;
