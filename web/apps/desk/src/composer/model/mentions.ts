/** Colleagues that a note mentions with `@name`. */

import type { Person } from "../../api/types.ts";

/** Return the ids of the people whose `@name` stands in the text; of names that begin alike the longest counts. */
export function mentionsIn(text: string, people: readonly Person[]): readonly string[] {
  const byLength = [...people].sort((one, other) => other.name.length - one.name.length);
  const found = new Set<string>();
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const person = byLength.find((one) => one.name && text.startsWith(one.name, at + 1));
    if (person) found.add(person.id);
  }
  return [...found];
}

/** Return the colleagues that are meant by what was typed behind `@`, by name or staff number. */
export function foundPeople<P extends Person & { readonly staff_number?: string }>(
  people: readonly P[],
  wanted: string,
): readonly P[] {
  const sought = wanted.normalize("NFKC").toLowerCase();
  const place = (one: P): number => {
    const name = one.name.normalize("NFKC").toLowerCase();
    if (name.startsWith(sought)) return 0;
    if ((one.staff_number ?? "").toLowerCase().startsWith(sought)) return 1;
    return name.includes(sought) ? 2 : 9;
  };
  return people
    .map((one) => ({ one, at: place(one) }))
    .filter(({ at }) => at < 9)
    .sort((a, b) => a.at - b.at || a.one.name.localeCompare(b.one.name))
    .map(({ one }) => one);
}

export interface NotePiece {
  readonly text: string;
  readonly isMention: boolean;
}

/** Cut a note's text at its mentions. */
export function notePieces(text: string, names: readonly string[]): readonly NotePiece[] {
  const longest = names.filter(Boolean).sort((one, other) => other.length - one.length);
  const pieces: NotePiece[] = [];
  let done = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const name = longest.find((one) => text.startsWith(one, at + 1));
    if (name === undefined || at < done) continue;
    if (at > done) pieces.push({ text: text.slice(done, at), isMention: false });
    done = at + 1 + name.length;
    pieces.push({ text: text.slice(at, done), isMention: true });
  }
  if (done < text.length) pieces.push({ text: text.slice(done), isMention: false });
  return pieces;
}
