/**
 * Commands: what the command bar lists, and which keys run what.
 *
 * Screens register theirs while they are there, with `useCommands` in their set-up.
 */

import { computed, onScopeDispose, shallowRef, type ComputedRef } from "vue";
import type { IconName } from "../ui/icons.ts";
import { readKeys, type Stroke } from "./keys.ts";

export type Group = "conversation" | "go" | "presence" | "look" | "other";
export const GROUPS: readonly Group[] = ["conversation", "go", "presence", "look", "other"];

export interface Command {
  /** Unique among all that are there, such as `conversation.close`. */
  readonly id: string;
  readonly group: Group;
  /** A function, as it is in the language that is shown. */
  readonly title: () => string;
  /** Other words under which it is found. */
  readonly words?: () => string;
  readonly icon?: IconName;
  /** `mod+k`, `?`, `g i` (one after the other), `alt+o`; `mod` is Ctrl, on Apple's Command. */
  readonly keys?: string;
  /** Also while one writes in a field; only for keys with a modifier. */
  readonly whileWriting?: boolean;
  readonly isHidden?: boolean;
  /** Also while a dialog is open; others rest then. */
  readonly inDialogs?: boolean;
  readonly when?: () => boolean;
  readonly run: () => void;
}

const registered = shallowRef<readonly Command[]>([]);

/** Add commands until the returned function is called; a later one of the same id wins. */
export function register(commands: readonly Command[]): () => void {
  registered.value = [...registered.value, ...commands];
  return () => {
    registered.value = registered.value.filter((one) => !commands.includes(one));
  };
}

/** Add commands as long as the calling component is there. */
export function useCommands(commands: readonly Command[]): void {
  onScopeDispose(register(commands));
}

/** What can be run now, the later of the same id. */
export const available: ComputedRef<readonly Command[]> = computed(() => {
  const byId = new Map(registered.value.map((one) => [one.id, one]));
  return [...byId.values()].filter((one) => one.when?.() ?? true);
});

/** Return the commands whose title or words have all words of `wanted`, best first. */
export function find(commands: readonly Command[], wanted: string): Command[] {
  const parts = wanted.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (one: Command): number => {
    const title = one.title().toLowerCase();
    const whole = `${title} ${one.words?.().toLowerCase() ?? ""} ${one.id}`;
    if (!parts.every((part) => whole.includes(part))) return -1;
    if (!parts.length) return 1;
    return title.startsWith(parts[0]!) ? 3 : title.includes(parts[0]!) ? 2 : 1;
  };
  return commands
    .filter((one) => !one.isHidden)
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => b.rank - a.rank || GROUPS.indexOf(a.one.group) - GROUPS.indexOf(b.one.group))
    .map(({ one }) => one);
}

const SEQUENCE_WITHIN = 1200;
let begun: { readonly stroke: string; readonly at: number } | null = null;

/** Run the command of a key, if one has it. Returns whether one ran, or waits for a second key. */
export function press(event: KeyboardEvent): boolean {
  if (event.isComposing || event.defaultPrevented) return false;
  const stroke = readKeys(event);
  if (!stroke) return false;
  const candidates = available.value.filter((one) => one.keys && mayRun(one, event, stroke));
  const before = begun && event.timeStamp - begun.at < SEQUENCE_WITHIN ? `${begun.stroke} ` : "";
  begun = null;
  const found = candidates.find((one) => one.keys === before + stroke.keys) ?? candidates.find((one) => one.keys === stroke.keys);
  if (found) {
    found.run();
    return true;
  }
  if (!candidates.some((one) => one.keys!.startsWith(`${stroke.keys} `))) return false;
  begun = { stroke: stroke.keys, at: event.timeStamp };
  return true;
}

function mayRun(command: Command, event: KeyboardEvent, stroke: Stroke): boolean {
  if (!command.inDialogs && isInDialog(event.target)) return false;
  return !isWriting(event.target) || (stroke.hasModifier && command.whileWriting === true);
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog, [role="dialog"], [role="menu"]') !== null;
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}
