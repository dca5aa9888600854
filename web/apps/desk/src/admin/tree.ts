/** Lists whose entries name the one above them, as a tree in lines. */

export interface Node {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
  readonly position: number;
}

export interface Line<T> {
  readonly one: T;
  readonly depth: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Return every entry behind the one above it. What names none that is there stands at the top. */
export function flatten<T extends Node>(nodes: readonly T[]): Line<T>[] {
  const ids = new Set(nodes.map((one) => one.id));
  const below = new Map<string, T[]>();
  for (const one of nodes) {
    const parent = ids.has(one.parent) && one.parent !== one.id ? one.parent : "";
    below.set(parent, [...(below.get(parent) ?? []), one]);
  }
  const lines: Line<T>[] = [];
  const walk = (parent: string, depth: number): void => {
    const children = (below.get(parent) ?? []).sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    for (const [at, one] of children.entries()) {
      lines.push({ one, depth, isFirst: at === 0, isLast: at === children.length - 1 });
      walk(one.id, depth + 1);
    }
  };
  walk("", 0);
  return lines;
}

/** Return the lines without an entry and what is below it. */
export function withoutBelow<T extends Node>(lines: readonly Line<T>[], id: string): Line<T>[] {
  const gone = new Set([id]);
  return lines.filter(({ one }) => {
    if (one.id === id || gone.has(one.parent)) gone.add(one.id);
    return !gone.has(one.id);
  });
}

/** Return the names from the top down, such as `售后 / 退款`. */
export function pathOf<T extends Node>(nodes: readonly T[], one: T): string {
  const names = [one.name];
  let above = nodes.find((each) => each.id === one.parent);
  while (above && names.length < nodes.length + 1) {
    names.unshift(above.name);
    const { parent } = above;
    above = nodes.find((each) => each.id === parent);
  }
  return names.join(" / ");
}
