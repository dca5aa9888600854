/** An earlier stretch of a conversation, or one merged into it, opened beside the present one to be read. */

import { shallowRef } from "vue";
import type { Merged, Session } from "../api/conversations.ts";
import type { Opened } from "./opened.ts";

export type Earlier = { readonly opened: Opened } & (
  | { readonly session: Session; readonly merged?: undefined }
  | { readonly merged: Merged; readonly session?: undefined }
);

export const earlier = shallowRef<Earlier | null>(null);

export function readEarlier(session: Session, opened: Opened): void {
  earlier.value = { session, opened };
}

export function readMerged(merged: Merged, opened: Opened): void {
  earlier.value = { merged, opened };
}
