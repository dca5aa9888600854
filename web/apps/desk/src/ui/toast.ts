/** Short messages at the edge of the screen. */

import { readonly, ref } from "vue";

export interface Toast {
  readonly id: number;
  readonly kind: "good" | "bad" | "info";
  readonly text: string;
  readonly act?: { readonly label: string; readonly run: () => void };
}

const SHOWN_FOR = 4000;
const SHOWN_WITH_ACT = 8000;
const MOST = 4;

const shown = ref<Toast[]>([]);
let count = 0;

export const toasts = readonly(shown);

/** Show a message; it goes by itself, later if there is something to do about it. */
export function toast(text: string, kind: Toast["kind"] = "good", act?: Toast["act"]): void {
  const one: Toast = { id: (count += 1), kind, text, ...(act ? { act } : {}) };
  shown.value = [...shown.value, one].slice(-MOST);
  setTimeout(() => dismiss(one.id), act || kind === "bad" ? SHOWN_WITH_ACT : SHOWN_FOR);
}

export function dismiss(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}
