/** Canned replies: fetched once they are first needed, and again when they change. */

import { shallowRef } from "vue";
import { cannedList, type Canned } from "../api/library.ts";
import { live } from "../live/index.ts";

export const canned = shallowRef<readonly Canned[] | null>(null);
export const cannedError = shallowRef<unknown>(null);
let loading: Promise<void> | null = null;

export function needCanned(): void {
  loading ??= cannedList
    .list()
    .then((all) => {
      canned.value = all;
      cannedError.value = null;
    })
    .catch((error: unknown) => {
      loading = null;
      cannedError.value = error;
    });
}

live.on("library", ({ what }) => {
  if (what !== "canned" || !loading) return;
  loading = null;
  needCanned();
});
