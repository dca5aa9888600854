/** The desk's drafts, in this browser. */

import { shallowRef } from "vue";
import { http, path } from "../api/http.ts";
import { Problem } from "../api/problem.ts";
import { live } from "../live/index.ts";
import { DraftKeeper, type Kept, type Mode } from "./model/draft.ts";

interface Stored {
  readonly text: string;
  readonly mode: Mode;
  readonly reply_to?: number | null;
  readonly version: number;
}

export const drafts = new DraftKeeper({
  load: async (id) => {
    try {
      const stored = await http.get<Stored | null | undefined>(path`/conversations/${id}/draft`);
      return stored?.text ? kept(stored) : null;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  },
  save: async (id, { text, mode, replyTo }, version) => {
    const body = { text, mode, ...(replyTo ? { reply_to: replyTo } : {}), version };
    const stored = await http.put<Stored | null | undefined>(path`/conversations/${id}/draft`, body, { isRepeatable: false });
    return stored?.version ?? version + 1;
  },
  drop: async (id) => {
    try {
      await http.delete(path`/conversations/${id}/draft`);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
    }
  },
  setTimer: (call, milliseconds) => setTimeout(call, milliseconds),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
});

function kept(stored: Stored): Kept {
  const mode = stored.mode === "note" ? "note" : "reply";
  return { text: stored.text, mode, replyTo: stored.reply_to ?? null, version: stored.version };
}

/** What is in the composers of this tab, for the marks in the list. */
export const written = shallowRef<ReadonlyMap<string, string>>(new Map());

/** What is written in a conversation; null: it was not looked at here. */
export const draftText = (id: string): string | null => written.value.get(id)?.trim() ?? null;

export function note(id: string, text: string): void {
  if (written.value.get(id) === text) return;
  written.value = new Map(written.value).set(id, text);
}

export const forgetWritten = (): void => void (written.value = new Map());

// What is written must survive the tab: as soon as it may go, all of it is saved.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) void drafts.flushAll();
});
live.on("welcome", () => void drafts.flushAll());
