/** Emoji to put into a text: how they are found, and which were chosen lately. */

export const GROUPS = ["smileys", "people", "nature", "food", "travel", "activities", "objects", "symbols"] as const;
export type EmojiGroup = (typeof GROUPS)[number];

/** The emoji, its group, its name in Chinese and in English, and other words for it in both. */
export type EmojiRow = readonly [emoji: string, group: EmojiGroup, zh: string, en: string, words: string];

const MOST_FOUND = 120;
const MOST_RECENT = 27;

/** Return what bears all the words in its names, the best first: what is called so, then what begins so. */
export function foundEmoji(rows: readonly EmojiRow[], wanted: string): readonly EmojiRow[] {
  const words = key(wanted).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return rows
    .map((row) => ({ row, rank: rankOf(row, words) }))
    .filter(({ rank }) => rank < NONE)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST_FOUND)
    .map(({ row }) => row);
}

const NONE = 9;

function rankOf([emoji, , zh, en, others]: EmojiRow, words: readonly string[]): number {
  const whole = words.join(" ");
  if (emoji === whole) return 0;
  const names = [key(zh), key(en)];
  if (names.includes(whole)) return 1;
  if (` ${others} `.includes(` ${whole} `)) return 2;
  if (names.some((name) => name.startsWith(whole))) return 3;
  const text = ` ${names.join(" ")} ${others}`.replace(/[-:]/g, " ");
  // Latin words from their beginning, else "hi" finds "white"; Chinese is written without gaps.
  return words.every((word) => text.includes(/^[a-z]/.test(word) ? ` ${word}` : word)) ? 4 : NONE;
}

const key = (text: string): string => text.normalize("NFKC").toLowerCase().trim();

/** Return the emoji chosen lately with this one first. */
export function withRecent(recent: readonly string[], chosen: string): readonly string[] {
  return [chosen, ...recent.filter((one) => one !== chosen)].slice(0, MOST_RECENT);
}

/** Read what was kept of them. */
export function readRecent(stored: unknown): readonly string[] {
  return Array.isArray(stored) ? stored.filter((one): one is string => typeof one === "string" && one.length < 20) : [];
}

export interface Spot {
  readonly left: number;
  readonly top: number;
}

/** Return which of these a key leads to from one of them, by where they stand; null: the key means nothing here. */
export function nextOf(spots: readonly Spot[], at: number, pressed: string): number | null {
  if (pressed === "ArrowRight") return Math.min(spots.length - 1, at + 1);
  if (pressed === "ArrowLeft") return Math.max(0, at - 1);
  if (pressed === "Home") return 0;
  if (pressed === "End") return spots.length - 1;
  if (pressed !== "ArrowDown" && pressed !== "ArrowUp") return null;
  const from = spots[at]!;
  const isDown = pressed === "ArrowDown";
  const tops = spots.map((spot) => spot.top).filter((top) => (isDown ? top > from.top : top < from.top));
  if (!tops.length) return at;
  const top = isDown ? Math.min(...tops) : Math.max(...tops);
  const far = (index: number): number => Math.abs(spots[index]!.left - from.left);
  const line = [...spots.keys()].filter((index) => spots[index]!.top === top);
  return line.reduce((one, other) => (far(other) < far(one) ? other : one));
}
