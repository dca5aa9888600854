import type { Chat, Mode } from "../core";

/** Keep the composer above the keyboard where the browser lays that over the page. */
export function fitKeyboard(root: HTMLElement): void {
  const seen = window.visualViewport;
  if (!seen) return;
  const fit = () => {
    if (seen.scale > 1.01) return; // enlarged by hand
    root.style.setProperty("--seen-height", `${seen.height}px`);
    root.style.setProperty("--seen-top", `${seen.offsetTop}px`);
  };
  seen.addEventListener("resize", fit);
  seen.addEventListener("scroll", fit);
  fit();
}

const STEP = "kefu";

/** The back button of a phone closes what is on top instead of leaving the page. */
export function useBackButton(chat: Chat, mode: Mode): void {
  if (mode === "frame") return;
  const layers = () =>
    (mode === "bubble" && chat.isOpen ? 1 : 0) + (chat.sheet || chat.picture ? 1 : 0);
  const state = () => history.state as { [STEP]?: number } | null;
  let isGoingBack = false; // history.back() takes effect later
  const follow = () => {
    const pushed = state()?.[STEP] ?? 0;
    if (isGoingBack || layers() === pushed) return;
    if (layers() > pushed) history.pushState({ ...state(), [STEP]: layers() }, "");
    else {
      isGoingBack = true;
      history.back();
    }
  };
  chat.watch(follow);
  addEventListener("popstate", () => {
    if (!isGoingBack) while (layers() > (state()?.[STEP] ?? 0)) chat.back();
    isGoingBack = false;
    follow();
  });
}
