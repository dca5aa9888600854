import type { Outgoing } from "./frames";
import type { Store } from "./store";

const PLACE = "outbox.";
const WIDTH = 15;

/**
 * What the customer has said and the server has not taken yet, in order. All tabs share it; each
 * message has a key of its own, so that tabs which write at the same time lose nothing.
 */
export class Outbox {
  #store: Store;
  #last = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  add(message: Outgoing): void {
    if (this.#keyOf(message.id)) return;
    this.#last = Math.max(Date.now(), this.#last + 1);
    const place = String(this.#last).padStart(WIDTH, "0");
    this.#store.set(`${PLACE}${place}.${message.id}`, JSON.stringify(message));
  }

  remove(id: string): boolean {
    const key = this.#keyOf(id);
    if (key) this.#store.remove(key);
    return key !== undefined;
  }

  has(id: string): boolean {
    return this.#keyOf(id) !== undefined;
  }

  first(): Outgoing | undefined {
    return this.list()[0];
  }

  list(): Outgoing[] {
    return this.#store.keys(PLACE).flatMap((key) => {
      try {
        const message = JSON.parse(this.#store.get(key) ?? "") as Outgoing;
        if (message && typeof message.id === "string") return [message];
      } catch {
        // Not ours, or broken off half-way.
      }
      this.#store.remove(key);
      return [];
    });
  }

  /** Whether a key of the store is a message. */
  static owns(key: string): boolean {
    return key.startsWith(PLACE);
  }

  #keyOf(id: string): string | undefined {
    return this.#store.keys(PLACE).find((key) => key.slice(PLACE.length + WIDTH + 1) === id);
  }
}
