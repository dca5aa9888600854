/** What agents and administrators keep: canned replies, words, codes, labels, hours, settings. */

import { http, path } from "./http.ts";
import { all } from "./staff.ts";
import type { Page } from "./types.ts";

const LIMIT = 200;

/** A list with the same four addresses: what is kept, and what is given for it. */
class Kept<T extends { readonly id: string; readonly version: number }, Fields> {
  constructor(private readonly where: string) {}

  list(query: Readonly<Record<string, string | boolean>> = {}, signal?: AbortSignal): Promise<T[]> {
    return all<T>((cursor) => http.get<Page<T>>(this.where, { query: { ...query, cursor, limit: LIMIT }, signal }));
  }

  create(fields: Fields): Promise<T> {
    return http.post(this.where, fields);
  }

  /** Change fields; the version says on what the change is based. */
  change(one: T, fields: Partial<Fields>): Promise<T> {
    return http.put(`${this.where}${path`/${one.id}`}`, { ...fields, version: one.version }, { isRepeatable: false });
  }

  remove(one: T): Promise<void> {
    return http.delete(`${this.where}${path`/${one.id}`}`);
  }
}

export const COLORS = ["gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"] as const;
export type Color = (typeof COLORS)[number];

export interface LabelFields {
  readonly name: string;
  readonly color: Color;
  readonly description: string;
  readonly position: number;
}
export interface Label extends LabelFields {
  readonly id: string;
  readonly version: number;
}
export const labelList = new Kept<Label, LabelFields>("/labels");

export interface CodeFields {
  readonly name: string;
  /** Id of the code above; empty: none. */
  readonly parent: string;
  readonly position: number;
  readonly is_active: boolean;
  readonly description: string;
}
export interface Code extends CodeFields {
  readonly id: string;
  readonly version: number;
}
/** Each code behind its parent. */
export const codeList = new Kept<Code, CodeFields>("/wrap_up_codes");

export const WORD_ACTIONS = ["warn", "mask", "block"] as const;
export type WordAction = (typeof WORD_ACTIONS)[number];
export const WORD_SIDES = ["agent", "customer", "both"] as const;
export type WordSide = (typeof WORD_SIDES)[number];

export interface WordFields {
  readonly word: string;
  readonly action: WordAction;
  readonly side: WordSide;
  readonly category: string;
}
export interface Word extends WordFields {
  readonly id: string;
  readonly version: number;
}
export const wordList = new Kept<Word, WordFields>("/words");

export interface Hit {
  /** In characters (code points). */
  readonly start: number;
  readonly end: number;
  readonly word: string;
  readonly category: string;
  readonly action: WordAction;
}
export interface Checked {
  readonly hits: readonly Hit[];
  readonly action: WordAction | null;
  readonly masked: string;
}
export const checkWords = (text: string, side: "agent" | "customer", signal?: AbortSignal): Promise<Checked> =>
  http.post("/words/check", { text, side }, { isRepeatable: true, signal });

export const SCOPES = ["personal", "group", "shared"] as const;
export type Scope = (typeof SCOPES)[number];

export interface CannedFields {
  readonly title: string;
  readonly text: string;
  readonly scope: Scope;
  /** Id, when the scope is `group`. */
  readonly group: string;
  readonly folder: string;
  readonly shortcut: string;
  readonly language: string;
  readonly position: number;
}
export interface Canned extends CannedFields {
  readonly id: string;
  readonly variables: readonly string[];
  readonly uses: number;
  readonly used_at: string | null;
  readonly may_edit: boolean;
  readonly version: number;
  readonly changed_at: string;
}
export const cannedList = new Kept<Canned, CannedFields>("/canned");

export const countUse = (id: string, conversation: string): Promise<void> =>
  http.post(path`/canned/${id}/used`, { conversation_id: conversation });

export const fillText = (
  text: string,
  conversation: string,
  signal?: AbortSignal,
): Promise<{ text: string; missing: string[] }> =>
  http.post("/canned/fill", { text, conversation_id: conversation }, { isRepeatable: true, signal });

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

/** `09:00-18:00`; past midnight it ends on the next day. */
export type Span = string;

export interface Holiday {
  readonly date: string;
  readonly to?: string;
  readonly name?: string;
  readonly closed?: true;
  readonly open?: readonly Span[];
}

export interface HoursForm {
  readonly timezone: string;
  readonly weekly: Readonly<Partial<Record<Day, readonly Span[]>>>;
  readonly holidays: readonly Holiday[];
}

export interface Hours {
  /** Id of a group, or `default`: everybody. */
  readonly group: string;
  /** Null: it is always open. */
  readonly hours: HoursForm | null;
  readonly is_inherited: boolean;
  readonly version: number;
  readonly is_open: boolean;
  readonly next_change: string | null;
}

export const EVERYBODY = "default";

export const hoursOf = (group: string, signal?: AbortSignal): Promise<Hours> => http.get(path`/hours/${group}`, { signal });

export const setHours = (group: string, hours: HoursForm, version: number): Promise<Hours> =>
  http.put(path`/hours/${group}`, { hours, version }, { isRepeatable: false });

export const dropHours = (group: string): Promise<void> => http.delete(path`/hours/${group}`);

export interface DeskSettings {
  readonly csat: boolean;
  readonly nps: boolean;
  readonly rating_hours: number;
  readonly typing_preview: boolean;
  readonly unanswered_seconds: number;
  readonly gone_seconds: number;
  readonly overflow_seconds: number;
  readonly quiet_minutes: number;
  readonly needs_wrap_up: boolean;
  readonly show_position: boolean;
  readonly show_wait: boolean;
  readonly leave_message: boolean;
}

export interface DeskSettingsNow {
  readonly settings: DeskSettings;
  /** What the project's files say. */
  readonly defaults: DeskSettings;
  readonly overrides: Partial<DeskSettings>;
  readonly version: number;
}

export const deskSettings = (signal?: AbortSignal): Promise<DeskSettingsNow> => http.get("/desk/settings", { signal });

export const setDeskSettings = (
  overrides: Readonly<Record<string, boolean | number | null>>,
  version: number,
): Promise<DeskSettingsNow> => http.put("/desk/settings", { overrides, version }, { isRepeatable: false });
