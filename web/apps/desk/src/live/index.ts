/** The desk's live line, in this browser. */

import { readonly, ref } from "vue";
import { http, path } from "../api/http.ts";
import { LiveLine, type Polled, type Socket, type State } from "./line.ts";

export type { Heard } from "./frames.ts";
export type { State } from "./line.ts";

/** Tells the screens of one browser apart where they poll. */
const line = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const live = new LiveLine({
  connect: () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(`${scheme}//${location.host}/api/v1/live`) as unknown as Socket;
  },
  poll: (cursor, open, signal) => {
    const threads = [...open].map(([id, seq]) => `${encodeURIComponent(id)}:${seq}`).join(",");
    return http.get<Polled>("/live/poll", { query: { cursor, open: threads, line }, signal });
  },
  typing: (conversation, on) => {
    // Who writes is worth no second try.
    http.post(path`/conversations/${conversation}/typing`, undefined, { query: { on, line } }).catch(() => {});
  },
  setTimer: (call, milliseconds) => setTimeout(call, milliseconds),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
  random: Math.random,
});

const state = ref<State>("off");
const retryAt = ref<number | null>(null);

live.onState = (next, retryIn) => {
  state.value = next;
  retryAt.value = retryIn === null ? null : Date.now() + retryIn;
};

/** How the line is, and when it is tried again, as milliseconds since 1970. */
export const lineState = readonly(state);
export const lineRetryAt = readonly(retryAt);

/** What wakes a line that waits: the network is back, or the laptop was opened. */
export function watchNetwork(): void {
  const wake = () => {
    if (retryAt.value !== null && state.value !== "replaced") live.start();
  };
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
  });
}
