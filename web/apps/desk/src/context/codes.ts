/** Wrap-up codes: fetched once they are first needed. */

import { shallowRef } from "vue";
import { codeList, type Code } from "../api/library.ts";
import { live } from "../live/index.ts";

export const codes = shallowRef<readonly Code[] | null>(null);
let loading: Promise<void> | null = null;

export function needCodes(): Promise<void> {
  loading ??= codeList
    .list()
    .then((all) => void (codes.value = all))
    .catch((error: unknown) => {
      loading = null;
      throw error;
    });
  return loading;
}

export function codeName(id: string): string {
  if (!id) return "";
  if (!codes.value) needCodes().catch(() => {});
  return codes.value?.find((code) => code.id === id)?.name ?? id;
}

live.on("library", ({ what }) => {
  if (!/code/.test(what) || !loading) return;
  loading = null;
  needCodes().catch(() => {});
});
