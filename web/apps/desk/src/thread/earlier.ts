/** An earlier stretch of a conversation, opened beside the present one to be read. */

import { shallowRef } from "vue";
import type { Session } from "../api/conversations.ts";
import type { Opened } from "./opened.ts";

export interface Earlier {
  readonly session: Session;
  readonly opened: Opened;
}

export const earlier = shallowRef<Earlier | null>(null);

export function readEarlier(session: Session, opened: Opened): void {
  earlier.value = { session, opened };
}
