import { Component, type ComponentChild } from "preact";

// The few hooks that are needed here, on Preact's class components: a kilobyte less than its own.

interface Slot {
  value?: unknown;
  wanted?: readonly unknown[] | undefined;
  effect?: (() => void | (() => void)) | undefined;
  undo?: (() => void) | void;
}

let current: Hooked<object>;
let place = 0;

abstract class Hooked<Props> extends Component<Props> {
  slots: Slot[] = [];
  abstract draw: (props: Props) => ComponentChild;

  override render(): ComponentChild {
    current = this as unknown as Hooked<object>;
    place = 0;
    return this.draw(this.props as Props);
  }

  override componentDidMount(): void {
    for (const slot of this.slots) {
      const { effect } = slot;
      if (!effect) continue;
      slot.effect = undefined;
      slot.undo?.();
      slot.undo = effect();
    }
  }

  override componentDidUpdate(): void {
    this.componentDidMount();
  }

  override componentWillUnmount(): void {
    for (const { undo } of this.slots) undo?.();
  }
}

/** A component that may use the hooks below. */
export function hooked<Props extends object>(draw: (props: Props) => ComponentChild) {
  return class extends Hooked<Props> {
    draw = draw;
  };
}

const slot = (initial: () => unknown): Slot =>
  (current.slots[place++] ??= { value: initial() });

export function useState<Value>(initial: Value | (() => Value)) {
  const mine = slot(() => (typeof initial === "function" ? (initial as () => Value)() : initial));
  const owner = current;
  const set = (next: Value | ((value: Value) => Value)) => {
    const value = typeof next === "function" ? (next as (value: Value) => Value)(mine.value as Value) : next;
    if (value === mine.value) return;
    mine.value = value;
    owner.forceUpdate();
  };
  return [mine.value as Value, set] as const;
}

export function useRef<Value>(initial: Value): { current: Value } {
  return slot(() => ({ current: initial })).value as { current: Value };
}

/** Run `effect` after drawing when one of `wanted` has changed; what it returns undoes it. */
export function useEffect(effect: () => void | (() => void), wanted?: readonly unknown[]): void {
  const mine = slot(() => undefined);
  const before = mine.wanted;
  if (before && wanted && wanted.every((value, index) => value === before[index])) return;
  mine.wanted = wanted;
  mine.effect = effect;
}
