/**
 * Keeps what is being written: at once in this tab, soon on the server.
 *
 * The server has one draft for each conversation, with a version. Another browser of the same
 * agent may write it too: then the one that is being written in wins, and what the other one held is
 * handed to `onOther`, so that nothing is lost silently.
 */

import { Problem } from "../../api/problem.ts";

export type Mode = "reply" | "note";

export interface Written {
  readonly text: string;
  readonly mode: Mode;
  readonly replyTo: number | null;
}

export interface Kept extends Written {
  readonly version: number;
}

export interface DraftAround {
  readonly load: (id: string) => Promise<Kept | null>;
  /** Returns the new version; `version` 0 means that none is there. */
  readonly save: (id: string, draft: Written, version: number) => Promise<number>;
  readonly drop: (id: string) => Promise<void>;
  readonly setTimer: (call: () => void, milliseconds: number) => unknown;
  readonly clearTimer: (timer: unknown) => void;
}

export const NOTHING: Written = { text: "", mode: "reply", replyTo: null };
export const SAVE_AFTER = 800;
export const TRY_AGAIN_AFTER = 5000;

interface Entry {
  written: Written;
  version: number;
  isLoaded: boolean;
  isTouched: boolean;
  timer: unknown;
  saving: Promise<void> | null;
}

export class DraftKeeper {
  private readonly entries = new Map<string, Entry>();
  /** Told what another browser had written where this one went on writing. */
  onOther: (id: string, other: Written) => void = () => {};
  /** Told whether what is written is safe on the server. */
  onState: (id: string, state: "saving" | "saved" | "failed") => void = () => {};

  constructor(private readonly around: DraftAround) {}

  /** What is written so far, without asking the server. */
  of(id: string): Written {
    return this.entries.get(id)?.written ?? NOTHING;
  }

  /** Fetch what was written before; what is typed meanwhile wins. */
  async open(id: string): Promise<Written> {
    const entry = this.entry(id);
    if (entry.isLoaded) return entry.written;
    const kept = await this.around.load(id);
    if (!entry.isLoaded) {
      entry.isLoaded = true;
      entry.version = kept?.version ?? 0;
      if (kept && !entry.isTouched) entry.written = { text: kept.text, mode: kept.mode, replyTo: kept.replyTo };
      else if (kept && kept.text && kept.text !== entry.written.text) this.onOther(id, kept);
      if (entry.isTouched) this.saveLater(id, SAVE_AFTER);
    }
    return entry.written;
  }

  write(id: string, written: Written): void {
    const entry = this.entry(id);
    if (same(entry.written, written)) return;
    entry.written = written;
    entry.isTouched = true;
    this.saveLater(id, SAVE_AFTER);
  }

  /** It was sent, or thrown away. */
  async clear(id: string): Promise<void> {
    const entry = this.entry(id);
    entry.written = { ...NOTHING, mode: entry.written.mode };
    entry.isTouched = true;
    await this.flush(id);
  }

  /** Save at once what is not saved yet. */
  async flush(id: string): Promise<void> {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.around.clearTimer(entry.timer);
    while (entry.saving) await entry.saving;
    if (!entry.isTouched) return;
    entry.saving = this.save(id, entry).finally(() => (entry.saving = null));
    await entry.saving;
  }

  async flushAll(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((id) => this.flush(id)));
  }

  /** Forget what is known, as when another agent signs in. */
  forget(): void {
    for (const entry of this.entries.values()) this.around.clearTimer(entry.timer);
    this.entries.clear();
  }

  private async save(id: string, entry: Entry): Promise<void> {
    const { written } = entry;
    entry.isTouched = false;
    this.onState(id, "saving");
    try {
      await this.store(id, entry, written);
      this.onState(id, "saved");
    } catch {
      entry.isTouched = true;
      this.onState(id, "failed");
      this.saveLater(id, TRY_AGAIN_AFTER);
    }
  }

  private async store(id: string, entry: Entry, written: Written): Promise<void> {
    if (!written.text.trim()) {
      await this.around.drop(id);
      entry.version = 0;
      return;
    }
    try {
      entry.version = await this.around.save(id, written, entry.version);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 409) throw error;
      const other = await this.around.load(id);
      if (other && other.text && other.text !== written.text) this.onOther(id, other);
      entry.version = await this.around.save(id, written, other?.version ?? 0);
    }
  }

  private saveLater(id: string, milliseconds: number): void {
    const entry = this.entry(id);
    this.around.clearTimer(entry.timer);
    entry.timer = this.around.setTimer(() => void this.flush(id), milliseconds);
  }

  private entry(id: string): Entry {
    let entry = this.entries.get(id);
    if (!entry) {
      entry = { written: NOTHING, version: 0, isLoaded: false, isTouched: false, timer: undefined, saving: null };
      this.entries.set(id, entry);
    }
    return entry;
  }
}

function same(one: Written, other: Written): boolean {
  return one.text === other.text && one.mode === other.mode && one.replyTo === other.replyTo;
}
