/** What the composer of a conversation knows and does; its look is in `Composer.vue`. */

import { computed, nextTick, onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";
import { checkWords, countUse, fillText, type Canned, type Checked } from "../api/library.ts";
import type { Item } from "../api/types.ts";
import { ask, mayDo } from "../context/acts.ts";
import { t } from "../i18n/index.ts";
import { listed } from "../inbox/names.ts";
import { live } from "../live/index.ts";
import { useMe } from "../stores/me.ts";
import { useReference } from "../stores/reference.ts";
import { useSetting } from "../stores/settings.ts";
import type { Opened } from "../thread/opened.ts";
import { loadContext } from "../thread/opened.ts";
import { send as sendNow } from "../thread/sending.ts";
import { MOST_BYTES } from "../thread/upload.ts";
import { confirm } from "../ui/confirm.ts";
import { explainShort } from "../ui/explain.ts";
import { toast } from "../ui/toast.ts";
import { drafts, note as noteWritten } from "./drafts.ts";
import { missingIn, replaced, triggerAt, type Trigger } from "./model/canned.ts";
import type { Mode, Written } from "./model/draft.ts";
import { mentionsIn } from "./model/mentions.ts";

export type SendKey = "enter" | "mod+enter";
export type Then = "" | "close" | "snooze";

const CHECK_AFTER = 500;
const CHECK_WITHIN = 2000;
const TYPING_EVERY = 3000;
const TYPING_ENDS = 5000;

export interface Field {
  readonly value: () => HTMLTextAreaElement | null;
}

export function useComposerState(opened: Ref<Opened>, field: () => HTMLTextAreaElement | null) {
  const me = useMe();
  const reference = useReference();
  const text = ref("");
  const mode = ref<Mode>("reply");
  const replyTo = ref<number | null>(null);
  const isWhisper = ref(false);
  const files = shallowRef<readonly File[]>([]);
  const trigger = shallowRef<Trigger | null>(null);
  const warning = shallowRef<Checked | null>(null);
  const isBusy = ref(false);
  /** What colleagues answered while one was writing. */
  const answered = shallowRef<readonly Item[]>([]);
  /** Who took the conversation while one was writing. */
  const takenBy = ref("");
  const otherDraft = shallowRef<Written | null>(null);
  const saveState = ref<"" | "saving" | "saved" | "failed">("");
  const sendKey = useSetting<SendKey>("send_key", (stored) => (stored === "mod+enter" ? "mod+enter" : "enter"));

  const row = computed(() => opened.value.row);
  const id = computed(() => opened.value.id);
  const context = computed(() => opened.value.context);
  const canReply = computed(() => row.value !== null && (void context.value, mayDo("answer", row.value)));
  const canNote = computed(() => row.value !== null && (void context.value, mayDo("note", row.value)));
  const canWhisper = computed(() => row.value !== null && (void context.value, mayDo("whisper", row.value)));
  const missing = computed(() => (mode.value === "reply" ? missingIn(text.value) : []));
  const canSend = computed(() => {
    const hasContent = text.value.trim() !== "" || (mode.value === "reply" && files.value.length > 0);
    return hasContent && !isBusy.value && (mode.value === "reply" ? canReply.value : canNote.value);
  });

  // -- drafts

  let isFilling = false;
  async function begin(next: string, before: string | undefined): Promise<void> {
    if (before) void drafts.flush(before);
    put(drafts.of(next));
    answered.value = [];
    takenBy.value = "";
    warning.value = null;
    otherDraft.value = null;
    trigger.value = null;
    files.value = [];
    saveState.value = "";
    isWhisper.value = false;
    try {
      const written = await drafts.open(next);
      if (id.value === next) put(written);
    } catch {
      // Without the server one writes all the same; it is saved when it is back.
    }
  }

  function put(written: Written): void {
    isFilling = true;
    text.value = written.text;
    mode.value = written.mode;
    replyTo.value = written.replyTo;
    noteWritten(id.value, written.text);
    settleMode();
    queueMicrotask(() => (isFilling = false));
  }

  watch(id, (next, before) => void begin(next, before), { immediate: true });
  watch(
    [text, mode, replyTo],
    () => {
      if (isFilling) return;
      drafts.write(id.value, { text: text.value, mode: mode.value, replyTo: replyTo.value });
      noteWritten(id.value, text.value);
    },
    { flush: "sync" },
  );
  drafts.onOther = (which, other) => {
    if (which === id.value) otherDraft.value = other;
  };
  drafts.onState = (which, state) => {
    if (which === id.value) saveState.value = state;
  };

  // -- whose it is

  /** Where one may not reply, an empty composer is for notes. */
  function settleMode(): void {
    if (!row.value || text.value.trim()) return;
    if (!canReply.value && canNote.value) mode.value = "note";
  }
  watch([canReply, canNote], ([may], [before]) => {
    if (may && !before && !text.value.trim()) mode.value = "reply";
    settleMode();
  });
  watch(
    () => row.value?.agent?.id,
    (now, before) => {
      if (before === me.id && now !== me.id && text.value.trim() && mode.value === "reply") {
        takenBy.value = row.value?.agent?.name ?? t(`taken.${row.value?.state ?? "waiting"}`);
      } else if (now === me.id) takenBy.value = "";
    },
  );
  watch(
    () => (void opened.value.revision, opened.value.thread.lastSeq),
    (seq, before) => {
      if (!before || seq <= before || !text.value.trim() || mode.value !== "reply") return;
      const others = opened.value.thread.items.filter(
        (item) => item.seq > before && item.kind === "agent" && item.agent?.id !== me.id,
      );
      if (others.length) answered.value = [...answered.value, ...others];
    },
  );

  // -- typing

  let toldAt = 0;
  let stops: ReturnType<typeof setTimeout> | undefined;
  function tellTyping(): void {
    if (mode.value !== "reply" || !canReply.value) return;
    const conversation = id.value;
    if (Date.now() - toldAt > TYPING_EVERY) {
      toldAt = Date.now();
      live.typing(conversation, true);
    }
    clearTimeout(stops);
    stops = setTimeout(() => stopTyping(conversation), TYPING_ENDS);
  }
  function stopTyping(conversation = id.value): void {
    clearTimeout(stops);
    if (toldAt) live.typing(conversation, false);
    toldAt = 0;
  }

  function typed(): void {
    const element = field();
    trigger.value = element ? triggerAt(text.value, element.selectionStart, mode.value === "note" ? "@" : "/") : null;
    warning.value = null;
    if (text.value.trim()) tellTyping();
    else stopTyping();
    checkSoon();
  }

  // -- sensitive words: looked for while one writes, so that sending does not wait for it

  let checkedText = "";
  let checked: Promise<Checked | null> | null = null;
  let checksSoon: ReturnType<typeof setTimeout> | undefined;
  function checkSoon(): void {
    clearTimeout(checksSoon);
    if (mode.value === "reply" && text.value.trim()) checksSoon = setTimeout(() => void check(), CHECK_AFTER);
  }
  function check(): Promise<Checked | null> {
    const now = text.value.trim();
    if (checked && checkedText === now) return checked;
    checkedText = now;
    // The server looks again when it is sent: without an answer, sending goes on.
    checked = checkWords(now, "agent", AbortSignal.timeout(CHECK_WITHIN)).catch(() => {
      checked = null;
      return null;
    });
    return checked;
  }

  // -- putting things in

  async function insert(more: string): Promise<void> {
    const element = field();
    const [start, end] = element ? [element.selectionStart, element.selectionEnd] : [text.value.length, text.value.length];
    text.value = text.value.slice(0, start) + more + text.value.slice(end);
    checkSoon();
    await caretAt(start + more.length);
  }

  /** Move the caret once the field holds the text: before the next key, which a frame would not be. */
  async function caretAt(place: number, end = place): Promise<void> {
    await nextTick();
    field()?.focus();
    field()?.setSelectionRange(place, end);
  }

  async function chooseCanned(one: Canned): Promise<void> {
    const asked = trigger.value;
    trigger.value = null;
    const conversation = id.value;
    let filled = one.text;
    try {
      filled = (await fillText(one.text, conversation)).text;
    } catch (error) {
      toast(t("canned.fill_failed", { why: explainShort(error) }), "bad");
    }
    if (id.value !== conversation) return;
    if (asked) {
      const put = replaced(text.value, asked, filled);
      text.value = put.text;
      void caretAt(put.caret);
    } else {
      void insert(filled);
    }
    countUse(one.id, conversation).catch(() => {});
    if (missingIn(text.value).length) selectMissing();
    checkSoon();
  }

  function selectMissing(): void {
    const [name] = missingIn(text.value);
    const place = name === undefined ? -1 : text.value.search(new RegExp(`\\{\\{\\s*${name.replace(/[.-]/g, "\\$&")}`));
    if (place >= 0) void caretAt(place, text.value.indexOf("}}", place) + 2);
  }

  function mention(name: string): void {
    if (!trigger.value) return void insert(`@${name} `);
    const put = replaced(text.value, trigger.value, `@${name} `);
    trigger.value = null;
    text.value = put.text;
    void caretAt(put.caret);
  }

  function addFiles(more: readonly File[]): void {
    const good = more.filter((file) => file.size > 0 && file.size <= MOST_BYTES);
    if (good.length < more.length) toast(t("attach.too_large", { size: MOST_BYTES / 1024 / 1024 }), "bad");
    if (good.length && mode.value === "note" && canReply.value) mode.value = "reply";
    if (good.length && !canReply.value) return toast(t("attach.not_in_notes"), "bad");
    files.value = [...files.value, ...good].slice(0, 10);
  }

  const dropFile = (file: File): void => void (files.value = files.value.filter((one) => one !== file));

  // -- sending

  async function mayGo(isChecked: boolean): Promise<boolean> {
    if (mode.value === "note") return true;
    if (missing.value.length && !(await confirm({ title: t("canned.missing_title"), text: t("canned.missing_text", { names: listed(missing.value) }), act: t("send.anyway") }))) {
      selectMissing();
      return false;
    }
    const last = answered.value.at(-1);
    if (last) {
      const yes = await confirm({
        title: t("collision.title", { name: last.agent?.name ?? t("speaker.agent") }),
        text: t("collision.text", { text: last.text ?? t("quote.content") }),
        act: t("send.anyway"),
      });
      if (!yes) return false;
    }
    if (isChecked || !text.value.trim()) return true;
    const found = await check();
    if (!found?.hits.length || !found.action) return true;
    warning.value = found;
    return false;
  }

  async function send(then: Then = "", isChecked = false): Promise<void> {
    if (!canSend.value) return;
    isBusy.value = true;
    try {
      if (!(await mayGo(isChecked))) return;
    } finally {
      isBusy.value = false;
    }
    const conversation = id.value;
    const said = (isChecked && warning.value?.action === "mask" ? warning.value.masked : text.value).trim();
    const going: Promise<boolean>[] = [];
    if (mode.value === "note") {
      const people = reference.agents.filter((one) => one.is_active).map((one) => ({ id: one.id, name: one.display_name, avatar: one.avatar }));
      going.push(
        sendNow(conversation, { kind: "private", text: said, mentions: mentionsIn(said, people), isWhisper: isWhisper.value }),
      );
    } else {
      if (said) going.push(sendNow(conversation, { kind: "agent", text: said, replyTo: replyTo.value }));
      for (const file of files.value) going.push(sendNow(conversation, { kind: "agent", text: "", file, replyTo: said ? null : replyTo.value }));
    }
    empty();
    stopTyping(conversation);
    const done = (await Promise.all(going)).every(Boolean);
    if (!done) return;
    if (context.value?.quota) void loadContext(conversation);
    if (then && row.value && id.value === conversation) ask(then, [row.value]);
  }

  function empty(): void {
    text.value = "";
    replyTo.value = null;
    files.value = [];
    warning.value = null;
    answered.value = [];
    otherDraft.value = null;
    takenBy.value = "";
    void drafts.clear(id.value);
  }

  onScopeDispose(() => {
    stopTyping();
    clearTimeout(checksSoon);
    void drafts.flush(id.value);
  });

  return {
    text,
    mode,
    replyTo,
    isWhisper,
    files,
    trigger,
    warning,
    isBusy,
    answered,
    takenBy,
    otherDraft,
    saveState,
    sendKey,
    row,
    canReply,
    canNote,
    canWhisper,
    missing,
    canSend,
    typed,
    insert,
    chooseCanned,
    selectMissing,
    mention,
    addFiles,
    dropFile,
    send,
    stopTyping,
    put,
  };
}
