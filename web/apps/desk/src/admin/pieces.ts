/** A text in pieces, those that were found marked. */

import type { Hit } from "../api/library.ts";

export interface Piece {
  readonly text: string;
  readonly hit: Hit | null;
}

/** Cut a text where hits begin and end; they count code points, and may overlap. */
export function pieces(text: string, hits: readonly Hit[]): Piece[] {
  const characters = [...text];
  const found: Piece[] = [];
  let at = 0;
  for (const hit of [...hits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (hit.end <= at) continue;
    if (hit.start > at) found.push({ text: characters.slice(at, hit.start).join(""), hit: null });
    found.push({ text: characters.slice(Math.max(at, hit.start), hit.end).join(""), hit });
    at = hit.end;
  }
  if (at < characters.length) found.push({ text: characters.slice(at).join(""), hit: null });
  return found.filter(({ text: piece }) => piece);
}
