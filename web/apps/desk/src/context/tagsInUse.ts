/** The tags in use that match what is typed: asked for at once, or a moment after the last key. */

import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import * as api from "../api/customers.ts";
import type { TagCount } from "../api/customers.ts";
import { isStopped } from "../api/problem.ts";

const PAUSE = 120;

export interface TagsInUse {
  readonly inUse: Readonly<ShallowRef<readonly TagCount[]>>;
  look(): void;
  lookSoon(): void;
}

export function useTagsInUse(typed: () => string, limit: () => number): TagsInUse {
  const inUse = shallowRef<readonly TagCount[]>([]);
  let asked: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(() => {
    clearTimeout(timer);
    asked?.abort();
  });

  async function look(): Promise<void> {
    asked?.abort();
    const mine = (asked = new AbortController());
    try {
      const page = await api.tagsInUse(typed().trim(), limit(), { signal: mine.signal });
      if (asked === mine) inUse.value = page.items;
    } catch (failure) {
      // Without suggestions one can still type.
      if (asked === mine && !isStopped(failure)) inUse.value = [];
    }
  }

  return {
    inUse,
    look: () => void look(),
    lookSoon: () => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(), PAUSE);
    },
  };
}
