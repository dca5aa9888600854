import type { Chat } from "../model/chat";
import { useEffect, useRef } from "./hooks";

let chat: Chat;

/** The conversation that is shown; there is one in a page. */
export const useChat = (): Chat => chat;
export const show = (shown: Chat): void => void (chat = shown);

/** Give the focus to what the returned reference names, and back to where it was when that is gone. */
export function useFocus<Kind extends HTMLElement>(selector?: string) {
  const place = useRef<Kind | null>(null);
  useEffect(() => {
    const root = place.current?.getRootNode() as ShadowRoot | undefined;
    const before = root?.activeElement as HTMLElement | null;
    const target = selector ? place.current?.querySelector<HTMLElement>(selector) : place.current;
    target?.focus();
    return () => before?.isConnected && before.focus();
  }, []);
  return place;
}

/** Whether there is a mouse: the focus goes into the text by itself only then, or phones show their keyboard. */
export const pointsFinely = (): boolean => matchMedia("(pointer: fine)").matches;

/** Whether the widget fills the screen. */
export const isNarrow = (): boolean => matchMedia("(max-width: 520px)").matches;
