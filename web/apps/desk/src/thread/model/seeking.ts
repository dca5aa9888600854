/** Finding a time in a conversation of which only numbers can be asked for. */

import type { Item } from "../../api/types.ts";

/**
 * Return the lowest number, up to `last`, from which on everything is at `time` or later. `look`
 * returns some items around a number; times ascend with numbers. Asks about log2(last) times.
 */
export async function firstSeqFrom(
  time: number,
  last: number,
  look: (seq: number) => Promise<readonly Item[]>,
): Promise<number> {
  let [low, high] = [1, last + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const items = await look(middle);
    const earlier = items.findLast((item) => +new Date(item.at) < time);
    const later = items.find((item) => +new Date(item.at) >= time);
    if (earlier && later) return later.seq;
    if (!earlier && !later) return low;
    if (later) high = Math.min(middle, later.seq);
    else low = Math.max(middle, earlier!.seq) + 1;
  }
  return low;
}
