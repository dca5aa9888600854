/** Chinese as it is spelled: `thzc` and `tuihuo` find 退货政策. Fetched when it is first needed. */

import { shallowRef } from "vue";
import type { Spelled } from "./model/canned.ts";

/** Null: not there yet, or it did not come; then only what is written is found. */
export const spelled = shallowRef<Spelled | null>(null);
let loading: Promise<void> | null = null;

export function needPinyin(): void {
  loading ??= import("pinyin-match")
    .then(({ default: pinyin }) => void (spelled.value = (text, letters) => pinyin.match(text, letters) !== false))
    .catch(() => void (loading = null));
}
