/** Tags of customers: which are the same, and which are offered while one is typed. */

import type { TagCount } from "../api/customers.ts";

export const LONGEST = 40;
export const MOST = 50;

/** As it is kept: without needless spaces, in its plain form. */
export const cleanTag = (text: string): string => text.normalize("NFKC").trim().replace(/\s+/gu, " ");

/** What two spellings of one tag have in common, as the server finds it. */
export const tagKey = (tag: string): string => cleanTag(tag).toLowerCase();

export const hasTag = (tags: readonly string[], wanted: string): boolean => tags.some((one) => tagKey(one) === tagKey(wanted));

/** How long it is to the server, which counts characters. */
export const lengthOf = (tag: string): number => [...cleanTag(tag)].length;

/** Tags in use that may be put on: those in which the words stand, without those that are there. */
export function offered(inUse: readonly TagCount[], there: readonly string[], words: string): readonly TagCount[] {
  return inUse.filter(({ tag }) => tagKey(tag).includes(tagKey(words)) && !hasTag(there, tag));
}

/** A new tag as colleagues spell it, if they have it. */
export function speltAsInUse(inUse: readonly TagCount[], typed: string): string {
  return inUse.find(({ tag }) => tagKey(tag) === tagKey(typed))?.tag ?? cleanTag(typed);
}
