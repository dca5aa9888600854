/** The composer on the screen, for whoever puts something into it: suggestions, keys, replies. */

import { shallowRef } from "vue";
import type { Mode } from "./model/draft.ts";

export interface ComposerHandle {
  readonly focus: (mode?: Mode) => void;
  /** Put text where the caret is. */
  readonly insert: (text: string) => void;
  readonly replyTo: (seq: number) => void;
  readonly addFiles: (files: readonly File[]) => void;
  readonly send: (then?: "close" | "snooze") => void;
}

export const composer = shallowRef<ComposerHandle | null>(null);
