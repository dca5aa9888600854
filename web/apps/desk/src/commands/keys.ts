/** Keys as text: `mod+shift+k`. */

export interface Stroke {
  readonly keys: string;
  /** Ctrl, Command or Alt: a key that writes nothing. */
  readonly hasModifier: boolean;
}

const isApple = (): boolean => /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  Escape: "esc",
  " ": "space",
};

/** Return what a key event is as text; null: only a modifier so far. */
export function readKeys(event: KeyboardEvent): Stroke | null {
  const { key } = event;
  if (["Control", "Meta", "Alt", "Shift", "Process", "Dead", "Unidentified"].includes(key)) return null;
  const mod = isApple() ? event.metaKey : event.ctrlKey;
  // Option on a Mac writes other letters; the place of the key tells which it was.
  const letter = event.altKey && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : key;
  const name = NAMES[letter] ?? letter.toLowerCase();
  const isSymbol = letter.length === 1 && !/[a-z]/i.test(letter);
  const shift = event.shiftKey && !isSymbol;
  const keys = `${mod ? "mod+" : ""}${event.altKey ? "alt+" : ""}${shift ? "shift+" : ""}${name}`;
  return { keys, hasModifier: mod || event.altKey || event.ctrlKey || event.metaKey };
}

const SHOWN: Readonly<Record<string, string>> = {
  alt: "Alt",
  shift: "Shift",
  enter: "Enter",
  esc: "Esc",
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  space: "Space",
};

/** Return the keys of a command as they stand on keyboards, strokes in their order. */
export function shownKeys(keys: string): string[][] {
  return keys.split(" ").map((stroke) =>
    stroke
      .split(/\+(?=.)/)
      .map((part) => (part === "mod" ? (isApple() ? "⌘" : "Ctrl") : (SHOWN[part] ?? part.toUpperCase()))),
  );
}
