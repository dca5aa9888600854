/** Texts in which some places stand out: what was searched for, sensitive words. */

export interface Marked {
  readonly text: string;
  /** Index of the range that it belongs to; -1: none. */
  readonly range: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Cut a text at ranges, which may overlap or lie outside; all pieces together are the text. */
export function marked(text: string, ranges: readonly Range[]): readonly Marked[] {
  const sorted = ranges
    .map((range, index) => ({ start: Math.max(0, range.start), end: Math.min(text.length, range.end), index }))
    .filter(({ start, end }) => start < end)
    .sort((one, other) => one.start - other.start || other.end - one.end);
  const pieces: Marked[] = [];
  let at = 0;
  for (const { start, end, index } of sorted) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    if (from > at) pieces.push({ text: text.slice(at, from), range: -1 });
    pieces.push({ text: text.slice(from, end), range: index });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), range: -1 });
  return pieces;
}

export type Severity = "block" | "warn" | "mask" | "none";

export interface WordHit extends Range {
  readonly word: string;
  readonly action: string;
}

/** What is to be done about a text: the hardest of what its words ask for. */
export function severityOf(hits: readonly WordHit[]): Severity {
  for (const action of ["block", "warn", "mask"] as const) {
    if (hits.some((hit) => hit.action === action)) return action;
  }
  return "none";
}

/** Return the text as it is sent where words are masked: a star for each character. */
export function masked(text: string, hits: readonly WordHit[]): string {
  const stars = hits.filter((hit) => hit.action === "mask");
  return marked(text, stars)
    .map((piece) => (piece.range < 0 ? piece.text : "*".repeat([...piece.text].length)))
    .join("");
}
