/** The list of conversations on the screen, and the lists that were looked at before. */

import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import * as api from "../api/conversations.ts";
import type { Sort, View } from "../api/conversations.ts";
import { isStopped, SignedOut } from "../api/problem.ts";
import type { Row } from "../api/types.ts";
import { live } from "../live/index.ts";
import { useMe } from "../stores/me.ts";
import { drafts, forgetWritten } from "../composer/drafts.ts";
import { forgetAll } from "../thread/opened.ts";
import { RowList } from "./model/list.ts";
import { NO_FILTERS, usualSort, type Filters } from "./model/views.ts";

const FIRST = 50;
const MORE = 100;
/** So many lists are kept for coming back to them. */
const KEPT = 6;

export const useInbox = defineStore("inbox", () => {
  const me = useMe();
  const view = ref<View>("mine");
  const sort = ref<Sort>("newest");
  const filters = ref<Filters>(NO_FILTERS);
  const list = shallowRef<RowList>(make("mine", "newest", NO_FILTERS));
  const lists = new Map<string, RowList>();
  const revision = ref(0);
  const isLoading = ref(false);
  const isFetchingMore = ref(false);
  const error = shallowRef<unknown>(null);
  const moreError = shallowRef<unknown>(null);
  const selected = shallowRef<ReadonlySet<string>>(new Set());
  let current: AbortController | null = null;

  const rows = computed<readonly Row[]>(() => (void revision.value, list.value.rows));
  const hasMore = computed(() => (void revision.value, list.value.next !== null));
  const waiting = computed(() => (void revision.value, list.value.waiting));
  const isLoaded = computed(() => (void revision.value, list.value.isLoaded));

  function make(which: View, order: Sort, wanted: Filters): RowList {
    return new RowList({ view: which, myId: me.id, ...wanted }, order, () => (revision.value += 1));
  }

  const keyOf = (): string => JSON.stringify([view.value, sort.value, filters.value, me.id]);

  /** Look at a view; one that was looked at before is there at once. */
  function look(which: View, order: Sort = usualSort(which), wanted: Filters = NO_FILTERS): void {
    view.value = which;
    sort.value = order;
    filters.value = wanted;
    selected.value = new Set();
    list.value.hold(false);
    const key = keyOf();
    const before = lists.get(key);
    list.value = before ?? make(which, order, wanted);
    lists.delete(key);
    lists.set(key, list.value);
    for (const old of lists.keys()) if (lists.size > KEPT) lists.delete(old);
    revision.value += 1;
    error.value = moreError.value = null;
    if (!list.value.isLoaded) void load();
  }

  const query = (): api.RowQuery => ({ view: view.value, sort: sort.value, ...filters.value });

  async function load(): Promise<void> {
    current?.abort();
    const mine = (current = new AbortController());
    const into = list.value;
    isLoading.value = true;
    error.value = null;
    try {
      const page = await api.rows({ ...query(), limit: FIRST }, { signal: mine.signal });
      into.reset(page.items, page.next);
    } catch (failure) {
      if (current === mine && !isQuiet(failure)) error.value = failure;
    } finally {
      if (current === mine) isLoading.value = false;
    }
  }

  async function more(): Promise<void> {
    const into = list.value;
    if (into.next === null || isFetchingMore.value || moreError.value) return;
    isFetchingMore.value = true;
    try {
      const page = await api.rows({ ...query(), cursor: into.next, limit: MORE });
      into.addPage(page.items, page.next);
    } catch (failure) {
      if (!isQuiet(failure) && into === list.value) moreError.value = failure;
    } finally {
      isFetchingMore.value = false;
    }
  }

  function moreAgain(): void {
    moreError.value = null;
    void more();
  }

  function take(id: string, row: Row | null): void {
    for (const one of lists.values()) one.take(id, row);
    if (row === null && selected.value.has(id)) toggle(id, false);
  }

  const find = (id: string): Row | undefined => (void revision.value, list.value.find(id));

  /** While the pointer is on the list, nothing in it moves. */
  function hold(on: boolean): void {
    list.value.hold(on);
    revision.value += 1;
  }

  const release = (): void => list.value.release();

  function toggle(id: string, on = !selected.value.has(id)): void {
    const next = new Set(selected.value);
    if (on) next.add(id);
    else next.delete(id);
    selected.value = next;
  }

  /** Choose everything between two conversations as well. */
  function selectTo(from: string, to: string): void {
    const ids = rows.value.map((row) => row.conversation_id);
    const [a, b] = [ids.indexOf(from), ids.indexOf(to)].sort((one, other) => one - other);
    if (a === undefined || b === undefined || a < 0) return toggle(to, true);
    selected.value = new Set([...selected.value, ...ids.slice(a, b + 1)]);
  }

  const selectNone = (): void => void (selected.value = new Set());
  const selectAll = (): void => void (selected.value = new Set(rows.value.slice(0, 200).map((row) => row.conversation_id)));

  /** What one agent saw and wrote is nothing for the next one at this screen. */
  watch(
    () => me.id,
    (_, before) => {
      if (!before) return;
      lists.clear();
      list.value = make(view.value, sort.value, filters.value);
      revision.value += 1;
      selected.value = new Set();
      forgetAll();
      drafts.forget();
      forgetWritten();
    },
  );

  live.on("row", ({ conversation_id, row }) => take(conversation_id, row));
  live.on("items", ({ conversation_id, row }) => row && take(conversation_id, row));
  live.on("stale", () => {
    const kept = list.value;
    lists.clear();
    lists.set(keyOf(), kept);
    void load();
  });

  return {
    view,
    sort,
    filters,
    rows,
    hasMore,
    waiting,
    isLoaded,
    isLoading,
    isFetchingMore,
    error,
    moreError,
    selected,
    look,
    load,
    more,
    moreAgain,
    take,
    find,
    hold,
    release,
    toggle,
    selectTo,
    selectNone,
    selectAll,
  };
});

function isQuiet(error: unknown): boolean {
  return isStopped(error) || error instanceof SignedOut;
}
