/** A section of what is kept: its list, the drawer that edits one of them, their removal and order. */

import { t } from "../i18n/index.ts";
import { confirm } from "../ui/confirm.ts";
import { useEditor, type Editor, type EditorOptions } from "../ui/editor.ts";
import { explainShort } from "../ui/explain.ts";
import { useLoad, type Loaded } from "../ui/load.ts";
import { toast } from "../ui/toast.ts";

interface One {
  readonly id: string;
  /** Where it stands, in lists that have an order. */
  readonly position?: number;
}

/** The server's list. */
export interface Shelf<T, Fields> {
  create(fields: Fields): Promise<unknown>;
  change(one: T, fields: Partial<Fields>): Promise<unknown>;
  remove(one: T): Promise<void>;
}

export type Writable<Fields> = { -readonly [name in keyof Fields]: Fields[name] };

export interface Keeping<T, Fields extends object> {
  readonly list: Loaded<readonly T[]>;
  readonly editor: Editor<T, Writable<Fields>>;
  /** Ask, naming what goes, and remove it. */
  remove(one: T, question: string): Promise<void>;
  /** Let one change places with its neighbour among `order`; equal positions are told apart by the way. */
  move(order: readonly T[], one: T, by: -1 | 1): Promise<void>;
  /** Show anew what somebody else changed meanwhile. */
  reopen(): Promise<void>;
}

export interface KeepingOptions<T, Fields extends object> {
  readonly shelf: Shelf<T, Fields>;
  readonly fetch: (signal: AbortSignal) => Promise<readonly T[]>;
  /** The fields of something new, all of which are edited. */
  readonly blank: () => Writable<Fields>;
  readonly check: NonNullable<EditorOptions<T, Writable<Fields>>["check"]>;
  /** What is sent, where that is not the fields as they are. */
  readonly save?: (fields: Writable<Fields>, one: T | null) => Promise<unknown>;
  /** What else has to know of a change. */
  readonly changed?: () => Promise<unknown>;
}

export function useKeeping<T extends One & Fields, Fields extends object>(options: KeepingOptions<T, Fields>): Keeping<T, Fields> {
  const { shelf } = options;
  const list = useLoad(options.fetch);
  const renew = (): Promise<unknown> => Promise.all([list.load(), options.changed?.()]);

  const editor = useEditor<T, Writable<Fields>>({
    blank: options.blank,
    read: (one) => {
      const fields = options.blank();
      for (const name of Object.keys(fields) as (keyof Fields)[]) fields[name] = one[name];
      return fields;
    },
    check: options.check,
    save: options.save ?? ((fields, one) => (one ? shelf.change(one, fields) : shelf.create(fields))),
    saved: renew,
  });

  async function attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      toast(explainShort(error), "bad");
    }
    await renew();
  }

  async function remove(one: T, question: string): Promise<void> {
    if (await confirm({ title: t("admin.remove_title"), text: question, act: t("act.remove"), isDanger: true })) {
      await attempt(() => shelf.remove(one));
    }
  }

  async function move(before: readonly T[], one: T, by: -1 | 1): Promise<void> {
    const order = before.filter((each) => each.id !== one.id);
    const at = before.findIndex((each) => each.id === one.id);
    order.splice(at + by, 0, before[at]!);
    await attempt(async () => {
      for (const [position, each] of order.entries()) {
        if (each.position !== position) await shelf.change(each, { position } as Partial<T> as Partial<Fields>);
      }
    });
  }

  async function reopen(): Promise<void> {
    await list.load();
    editor.open(list.data.value?.find((each) => each.id === editor.one.value?.id) ?? null);
  }

  return { list, editor, remove, move, reopen };
}
