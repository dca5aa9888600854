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

/** Return ranges that were counted in characters as this language counts them, in UTF-16 units. */
export function inUnits<R extends Range>(text: string, ranges: readonly R[]): readonly R[] {
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  offsets.push(at);
  const unit = (place: number): number => offsets[Math.max(0, Math.min(place, offsets.length - 1))]!;
  return ranges.map((range) => ({ ...range, start: unit(range.start), end: unit(range.end) }));
}
