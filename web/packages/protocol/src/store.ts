/** What the browser keeps between visits, under names of our own; where it must not keep anything, for this visit. */
export class Store {
  #memory = new Map<string, string>();
  #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get(key: string): string | null {
    try {
      const kept = localStorage.getItem(this.#prefix + key);
      if (kept !== null) return kept;
    } catch {
      // Storage is forbidden: what is in memory counts.
    }
    return this.#memory.get(key) ?? null;
  }

  set(key: string, value: string): void {
    this.#memory.delete(key);
    try {
      localStorage.setItem(this.#prefix + key, value);
    } catch {
      this.#memory.set(key, value);
    }
  }

  remove(key: string): void {
    this.#memory.delete(key);
    try {
      localStorage.removeItem(this.#prefix + key);
    } catch {
      // Nothing was kept.
    }
  }

  /** The keys that begin with `start`, sorted. */
  keys(start: string): string[] {
    const keys = new Set(this.#memory.keys());
    try {
      for (let index = 0; index < localStorage.length; index += 1) {
        const key = localStorage.key(index);
        if (key?.startsWith(this.#prefix)) keys.add(key.slice(this.#prefix.length));
      }
    } catch {
      // As above.
    }
    return [...keys].filter((key) => key.startsWith(start)).sort();
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
