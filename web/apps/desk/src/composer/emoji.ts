/** The emoji, fetched when they are first looked for; the browser keeps the file. */

import address from "virtual:emoji";
import { Unreachable } from "../api/problem.ts";
import type { EmojiRow } from "./model/emoji.ts";

export async function fetchEmoji(signal: AbortSignal): Promise<readonly EmojiRow[]> {
  try {
    const answer = await fetch(address, { signal });
    if (answer.ok) return (await answer.json()) as readonly EmojiRow[];
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new Unreachable("the emoji could not be fetched", { cause: error });
  }
  throw new Unreachable("the emoji are not there");
}
