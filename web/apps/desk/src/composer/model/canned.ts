/** Finding canned replies, and the `/` and `@` that ask for something while one writes. */

import type { Canned } from "../../api/library.ts";

export interface Trigger {
  readonly kind: "/" | "@";
  /** What was typed behind it. */
  readonly wanted: string;
  /** Where it stands in the text, the sign included. */
  readonly start: number;
  readonly end: number;
}

/** Not behind Latin letters and signs: those are paths and addresses. */
const TRIGGER = /(?:^|[\s\p{Script=Han}，。！？；：、（）【】「」『』“”])([/@])([^\s/@]{0,40})$/u;
const MOST = 60;

/** Return what is asked for right before the caret; null: nothing. */
export function triggerAt(text: string, caret: number, signs: string): Trigger | null {
  const found = TRIGGER.exec(text.slice(0, caret));
  if (!found || !signs.includes(found[1]!)) return null;
  const wanted = found[2]!;
  return { kind: found[1] as "/" | "@", wanted, start: caret - wanted.length - 1, end: caret };
}

/** Return the text with what was asked for put in place of the trigger, and where the caret is then. */
export function replaced(text: string, trigger: Trigger, by: string): { text: string; caret: number } {
  const before = text.slice(0, trigger.start);
  return { text: before + by + text.slice(trigger.end), caret: before.length + by.length };
}

/** What compares equal: case, width and spaces around are nothing. */
const key = (text: string): string => text.normalize("NFKC").toLowerCase().trim();

/** Whether Chinese is spelled with these letters: by all its sounds, or the first letter of each. */
export type Spelled = (text: string, letters: string) => boolean;

/**
 * Return the replies that are found, the best first: by shortcut, then title, then how the title
 * is spelled, then folder and text, then how the folder is spelled; the more used first. With
 * nothing wanted: all of a folder.
 */
export function found(all: readonly Canned[], wanted: string, folder: string | null = null, spelled: Spelled | null = null): readonly Canned[] {
  const inside = folder === null ? all : all.filter((one) => isIn(one.folder, folder));
  const sought = key(wanted);
  if (!sought) return [...inside].sort(byFolder).slice(0, folder === null ? MOST : inside.length);
  return inside
    .map((one) => ({ one, rank: rankOf(one, sought, spelled) }))
    .filter(({ rank }) => rank < NONE)
    .sort((a, b) => a.rank - b.rank || b.one.uses - a.one.uses || byFolder(a.one, b.one))
    .slice(0, MOST)
    .map(({ one }) => one);
}

const NONE = 9;

const LETTERS = /^[a-z]{2,}$/;

function rankOf(one: Canned, sought: string, spelled: Spelled | null): number {
  const shortcut = key(one.shortcut);
  if (shortcut === sought) return 0;
  if (shortcut.startsWith(sought)) return 1;
  if (shortcut.includes(sought)) return 2;
  if (key(one.title).includes(sought)) return 3;
  // One letter is the beginning of everything.
  const letters = spelled && LETTERS.test(sought.replace(/\s+/g, "")) ? sought.replace(/\s+/g, "") : "";
  if (letters && spelled!(one.title, letters)) return 4;
  const whole = key(`${one.folder} ${one.title} ${one.text}`);
  if (sought.split(/\s+/).every((word) => whole.includes(word))) return 5;
  return letters && spelled!(one.folder, letters) ? 6 : NONE;
}

function byFolder(one: Canned, other: Canned): number {
  return (
    one.folder.localeCompare(other.folder) || one.position - other.position || one.title.localeCompare(other.title)
  );
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly count: number;
}

/** Return the folders of the replies as a tree, flat, parents before children. */
export function foldersOf(all: readonly Canned[]): readonly Folder[] {
  const paths = new Map<string, number>();
  for (const { folder } of all) {
    const names = folder.split("/").filter(Boolean);
    names.forEach((_, at) => {
      const path = names.slice(0, at + 1).join("/");
      paths.set(path, (paths.get(path) ?? 0) + 1);
    });
  }
  return [...paths]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([path, count]) => {
      const names = path.split("/");
      return { path, name: names.at(-1)!, depth: names.length - 1, count };
    });
}

export interface Piece {
  readonly text: string;
  /** The name of a variable that nothing is known of. */
  readonly missing: string;
}

const VARIABLE = /\{\{\s*([^\W\d][\w.-]{0,99})\s*(?:\|([^{}]*))?\}\}/gu;

/** Return a filled text in pieces, what is still missing apart, for marking it. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), missing: "" });
    pieces.push({ text: match[0], missing: match[1]! });
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), missing: "" });
  return pieces;
}

/** Return the names of the variables that still stand in a text, each once. */
export function missingIn(text: string): readonly string[] {
  return [...new Set(piecesOf(text).map((piece) => piece.missing).filter(Boolean))];
}
