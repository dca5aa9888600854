/** Fetching what a screen shows: loading, there, or failed with a way to try again. */

import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type ShallowRef } from "vue";
import { isStopped, SignedOut } from "../api/problem.ts";

export interface Loaded<T> {
  readonly data: ShallowRef<T | null>;
  readonly error: ShallowRef<unknown>;
  /** Nothing is there yet. */
  readonly isLoading: ComputedRef<boolean>;
  /** Something is there, and is being fetched again. */
  readonly isRenewing: ComputedRef<boolean>;
  readonly load: () => Promise<void>;
}

/**
 * Fetch with `fetcher`, at once unless `later`; whatever is under way stops when the caller goes
 * or asks again. What was there stays while it is fetched again, also when that fails.
 */
export function useLoad<T>(fetcher: (signal: AbortSignal) => Promise<T>, { later = false } = {}): Loaded<T> {
  const data: ShallowRef<T | null> = shallowRef(null);
  const error = shallowRef<unknown>(null);
  const isUnderWay = ref(!later);
  let current: AbortController | null = null;

  async function load(): Promise<void> {
    current?.abort();
    const mine = (current = new AbortController());
    isUnderWay.value = true;
    error.value = null;
    try {
      const found = await fetcher(mine.signal);
      if (current === mine) data.value = found;
    } catch (failure) {
      if (current === mine && !isStopped(failure) && !(failure instanceof SignedOut)) error.value = failure;
    } finally {
      if (current === mine) isUnderWay.value = false;
    }
  }

  onScopeDispose(() => current?.abort());
  if (!later) void load();
  return {
    data,
    error,
    isLoading: computed(() => isUnderWay.value && data.value === null),
    isRenewing: computed(() => isUnderWay.value && data.value !== null),
    load,
  };
}
