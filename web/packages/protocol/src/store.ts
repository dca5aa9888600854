/** What the browser keeps between visits, under names of our own; where it must not keep anything, for this visit. */
export class Store {
  #memory = new Map<string, string>();
  #prefix: string;
  #kept: Storage | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
    try {
      this.#kept = localStorage;
    } catch {
      // Storage is forbidden: what is in memory counts.
    }
  }

  get(key: string): string | null {
    return this.#kept?.getItem(this.#prefix + key) ?? this.#memory.get(key) ?? null;
  }

  set(key: string, value: string): void {
    this.#memory.delete(key);
    try {
      this.#kept!.setItem(this.#prefix + key, value);
    } catch {
      this.#memory.set(key, value); // forbidden, or full
    }
  }

  remove(key: string): void {
    this.#memory.delete(key);
    this.#kept?.removeItem(this.#prefix + key);
  }

  /** The keys that begin with `start`, sorted. */
  keys(start: string): string[] {
    const kept = Array.from({ length: this.#kept?.length ?? 0 }, (_, index) => this.#kept!.key(index)!)
      .filter((key) => key.startsWith(this.#prefix))
      .map((key) => key.slice(this.#prefix.length));
    return [...new Set([...this.#memory.keys(), ...kept])].filter((key) => key.startsWith(start)).sort();
  }

  /** Call `listener` with the key when another tab changes something. */
  watch(listener: (key: string) => void): () => void {
    const changed = (event: StorageEvent) => {
      if (event.key?.startsWith(this.#prefix)) listener(event.key.slice(this.#prefix.length));
    };
    addEventListener("storage", changed);
    return () => removeEventListener("storage", changed);
  }
}
