/**
 * Emoji with their names in both languages, out of emojibase, as one file; `virtual:emoji` is its address.
 *
 * Left out are flags, which Windows does not draw, and what is newer than Emoji 14 (2021), which many a phone does not.
 */

import { createRequire } from "node:module";
import type { Plugin } from "vite";
import type { EmojiGroup, EmojiRow } from "./src/composer/model/emoji.ts";

interface Named {
  readonly emoji: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order?: number;
  readonly version: number;
  readonly hexcode: string;
}

/** By the number of the group in emojibase; 2 are the parts of others, 9 flags. */
const GROUPS: Readonly<Record<number, EmojiGroup>> = {
  0: "smileys",
  1: "people",
  3: "nature",
  4: "food",
  5: "travel",
  6: "activities",
  7: "objects",
  8: "symbols",
};
const NEWEST = 14;
const ID = "virtual:emoji";

/** Return what the workbench is given, in the order of Unicode. */
export function emojiRows(): readonly EmojiRow[] {
  const read = createRequire(import.meta.url);
  const english = new Map((read("emojibase-data/en/data.json") as Named[]).map((one) => [one.hexcode, one]));
  return (read("emojibase-data/zh/data.json") as Named[])
    .filter((one) => GROUPS[one.group ?? -1] && one.version <= NEWEST)
    .sort((one, other) => one.order! - other.order!)
    .map((one) => {
      const en = english.get(one.hexcode)!;
      const words = new Set([...(one.tags ?? []), ...(en.tags ?? [])].map((word) => word.toLowerCase()));
      return [one.emoji, GROUPS[one.group!]!, one.label, en.label, [...words].join(" ")] as const;
    });
}

export function emojiData(): Plugin {
  let isServed = false;
  return {
    name: "kefu-emoji",
    configResolved: (config) => void (isServed = config.command === "serve"),
    resolveId: (id) => (id === ID ? `\0${ID}` : null),
    load(id) {
      if (id !== `\0${ID}`) return null;
      const source = JSON.stringify(emojiRows());
      if (isServed) return `export default ${JSON.stringify(`data:application/json,${encodeURIComponent(source)}`)};`;
      return `export default import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: "asset", name: "emoji.json", source })};`;
    },
  };
}
