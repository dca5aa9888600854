/** Editing one thing in a drawer: its fields, saving, and what goes wrong with it. */

import { reactive, ref, type Ref } from "vue";
import { Problem, SignedOut } from "../api/problem.ts";
import { t } from "../i18n/index.ts";
import { explainShort } from "./explain.ts";
import { toast } from "./toast.ts";

export interface Editor<T, F extends object> {
  readonly isOpen: Ref<boolean>;
  /** What is changed; null: something new is made. */
  readonly one: Ref<T | null>;
  readonly fields: F;
  readonly isSaving: Ref<boolean>;
  /** What went wrong with saving. */
  readonly failure: Ref<string>;
  /** What went wrong with the field of that name, if that is what did. */
  errorOf(field: string): string;
  /** Somebody else changed it meanwhile. */
  readonly isConflict: Ref<boolean>;
  open(one?: T | null, given?: Partial<F>): void;
  submit(): Promise<void>;
}

export interface EditorOptions<T, F extends object> {
  /** The fields of something new. */
  readonly blank: () => F;
  /** The fields of what there is. */
  readonly read: (one: T) => F;
  /** Return what is wrong with a field, before anything is sent. */
  readonly check?: (fields: F, one: T | null) => { readonly field: string; readonly text: string } | null;
  readonly save: (fields: F, one: T | null) => Promise<unknown>;
  readonly saved?: () => unknown;
}

export function useEditor<T, F extends object>(options: EditorOptions<T, F>): Editor<T, F> {
  const isOpen = ref(false);
  const one = ref(null) as Ref<T | null>;
  const fields = reactive(options.blank()) as F;
  const isSaving = ref(false);
  const failure = ref("");
  const field = ref("");
  const isConflict = ref(false);

  function open(next: T | null = null, given: Partial<F> = {}): void {
    one.value = next;
    Object.assign(fields, next ? options.read(next) : options.blank(), given);
    fail("", "");
    isConflict.value = false;
    isOpen.value = true;
  }

  function fail(text: string, where: string): void {
    failure.value = text;
    field.value = where;
  }

  async function submit(): Promise<void> {
    if (isSaving.value) return;
    const wrong = options.check?.(fields, one.value) ?? null;
    if (wrong) return fail(wrong.text, wrong.field);
    fail("", "");
    isSaving.value = true;
    try {
      await options.save(fields, one.value);
      isOpen.value = false;
      toast(t("state.saved"));
      await options.saved?.();
    } catch (error) {
      if (error instanceof SignedOut) return;
      isConflict.value = error instanceof Problem && error.problem === "conflict";
      fail(explainShort(error), error instanceof Problem ? error.field : "");
    } finally {
      isSaving.value = false;
    }
  }

  const errorOf = (name: string): string => (field.value === name ? failure.value : "");
  return { isOpen, one, fields, isSaving, failure, errorOf, isConflict, open, submit };
}
