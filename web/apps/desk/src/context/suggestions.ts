/** What could be answered: fetched for the conversation on the screen, put in with one key. */

import { ref, shallowRef } from "vue";
import * as api from "../api/conversations.ts";
import type { Suggestion } from "../api/conversations.ts";
import { isStopped } from "../api/problem.ts";
import { composer } from "../composer/bus.ts";
import { t } from "../i18n/index.ts";
import { toast } from "../ui/toast.ts";

export const suggestions = shallowRef<readonly Suggestion[]>([]);
export const suggestionError = shallowRef<unknown>(null);
export const isSuggesting = ref(false);
let shownFor = "";
let current: AbortController | null = null;

export async function loadSuggestions(conversation: string): Promise<void> {
  current?.abort();
  const mine = (current = new AbortController());
  if (shownFor !== conversation) suggestions.value = [];
  shownFor = conversation;
  isSuggesting.value = true;
  suggestionError.value = null;
  try {
    suggestions.value = (await api.suggestions(conversation, { signal: mine.signal })).items;
  } catch (error) {
    if (!isStopped(error)) suggestionError.value = error;
  } finally {
    if (current === mine) isSuggesting.value = false;
  }
}

/** Put the n-th suggestion, counted from 1, where the caret is; that it was used is told. */
export function useSuggestion(conversation: string, place: number): void {
  const one = conversation === shownFor ? suggestions.value[place - 1] : undefined;
  if (!one) return toast(t("suggestion.none_at", { n: place }), "info");
  composer.value?.insert(one.text);
  api.suggestionUsed(conversation, one.suggestion_id, one.text).catch(() => {});
}
