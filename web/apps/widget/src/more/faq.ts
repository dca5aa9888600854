import type { FaqItem } from "@kefu/protocol";

const LIKE_ENOUGH = 0.34;

/** The item whose question is most like `text`, if any is like it. */
export function matching(items: FaqItem[], text: string): FaqItem | undefined {
  const wanted = pairs(text);
  let best: FaqItem | undefined;
  let bestScore = LIKE_ENOUGH;
  for (const item of items) {
    const score = likeness(wanted, pairs(item.question));
    if (score > bestScore) [best, bestScore] = [item, score];
  }
  return best;
}

/** The pairs of neighbouring characters: they serve for Chinese as for English. */
function pairs(text: string): Set<string> {
  const plain = text.toLowerCase().replace(/[\s\p{P}]+/gu, "");
  const count = Math.max(1, plain.length - 1);
  return new Set(Array.from({ length: count }, (_, index) => plain.slice(index, index + 2)));
}

function likeness(a: Set<string>, b: Set<string>): number {
  let common = 0;
  for (const pair of a) if (b.has(pair)) common += 1;
  return a.size + b.size ? (2 * common) / (a.size + b.size) : 0;
}
