/** What can be done to a conversation: from its head, the list, the command bar and by keys. */

import { shallowRef } from "vue";
import * as api from "../api/conversations.ts";
import type { Ability } from "../api/conversations.ts";
import { Problem } from "../api/problem.ts";
import type { Row } from "../api/types.ts";
import { t, type Key } from "../i18n/index.ts";
import { useInbox } from "../inbox/store.ts";
import { useMe } from "../stores/me.ts";
import { known, loadContext, takeRow } from "../thread/opened.ts";
import { explainShort } from "../ui/explain.ts";
import { toast } from "../ui/toast.ts";
import type { MenuItem } from "../ui/menu.ts";

export type DialogKind = "transfer" | "assign" | "close" | "invite" | "snooze" | "block" | "merge" | "labels" | "take_over";

/** A question about one conversation, or several at once. */
export interface Dialog {
  readonly kind: DialogKind;
  readonly rows: readonly Row[];
  /** Called when it was done, not when it was given up. */
  readonly done?: () => void;
}

export const dialog = shallowRef<Dialog | null>(null);

export function ask(kind: DialogKind, rows: readonly Row[], done?: () => void): void {
  dialog.value = { kind, rows, ...(done ? { done } : {}) };
}

/** Whether somebody may do something here: as the server said, else as far as it can be told. */
export function mayDo(ability: Ability, row: Row): boolean {
  const told = known(row.conversation_id)?.context?.can[ability];
  const me = useMe();
  const isMine = row.agent?.id === me.id;
  const isIn = isMine || row.invited.some((one) => one.id === me.id);
  const isOpen = row.state === "waiting" || row.state === "assigned";
  // What changes with every hand it goes through is not taken from before.
  switch (ability) {
    case "claim":
      return row.state === "waiting" && (told ?? me.may("session.claim"));
    case "answer":
      return row.state === "assigned" && isIn && (told ?? me.may("session.answer"));
    case "take_over":
      return !isMine && row.state !== "closed" && (told ?? me.may("session.take_over"));
    case "transfer":
      return isOpen && (told ?? (isMine ? me.may("session.transfer") : me.may("session.assign")));
    case "assign":
      return isOpen && (told ?? me.may("session.assign"));
    case "close":
      return isOpen && (told ?? (isMine || me.may("session.assign")));
    case "listen":
      return !isIn && row.state === "assigned" && (told ?? me.may("session.listen"));
    case "whisper":
      return !isMine && row.state === "assigned" && (told ?? me.may("session.whisper"));
    case "block":
      return told ?? me.may("customer.block");
    case "merge":
      return row.customer.id !== "" && (told ?? me.may("customer.merge"));
    case "tag":
      return told ?? me.may("customer.tag");
    case "export":
      return told ?? me.may("export");
    case "recall":
      return isMine && (told ?? me.may("session.answer"));
    case "note":
      return told ?? me.may("session.answer");
  }
}

/**
 * Do something; what the server says of the conversation then is taken. Returns whether it worked.
 *
 * What is wrong is told in a toast, unless `shows` says that it shows it where it belongs.
 */
export async function perform(promise: Promise<Row | void>, said?: Key, id?: string, shows: (error: unknown) => boolean = () => false): Promise<boolean> {
  try {
    const row = await promise;
    if (row) told(row);
    if (said) toast(t(said));
    return true;
  } catch (error) {
    if (!shows(error)) toast(explainShort(error), "bad");
    // Somebody was quicker: show how things stand.
    if (error instanceof Problem && error.status === 409 && id) await renew(id);
    return false;
  }
}

export function told(row: Row): void {
  takeRow(row);
  useInbox().take(row.conversation_id, row);
}

async function renew(id: string): Promise<void> {
  try {
    told(await api.row(id));
    if (known(id)?.context) await loadContext(id);
  } catch {
    // The live line, or the next look, brings it.
  }
}

export const claim = (row: Row): Promise<boolean> =>
  perform(api.claim(row.conversation_id, {}), "act.claimed", row.conversation_id);

export const reopen = (row: Row): Promise<boolean> =>
  perform(api.reopen(row.conversation_id, {}), "act.reopened", row.conversation_id);

export const wake = (row: Row): Promise<boolean> =>
  perform(api.snooze(row.conversation_id, { until: null }), "act.woken", row.conversation_id);

export const prioritise = (row: Row, priority: number): Promise<boolean> =>
  perform(api.setPriority(row.conversation_id, { priority }), undefined, row.conversation_id);

export const leaveIt = (row: Row): Promise<boolean> =>
  perform(api.leave(row.conversation_id, {}), "act.left", row.conversation_id);

export const inviteRating = (row: Row): Promise<boolean> =>
  perform(api.inviteRating(row.conversation_id, {}), "act.rating_invited", row.conversation_id);

export const requeue = (row: Row): Promise<boolean> =>
  perform(api.requeue(row.conversation_id, {}), "act.requeued", row.conversation_id);

export function listenIn(row: Row, on: boolean): Promise<boolean> {
  return perform(api.listen(row.conversation_id, { on }), on ? "act.listening" : "act.not_listening", row.conversation_id);
}

export const unblock = (row: Row): Promise<boolean> =>
  perform(api.block(row.conversation_id, { on: false }), "act.unblocked", row.conversation_id).then(async (done) => {
    if (known(row.conversation_id)) await loadContext(row.conversation_id);
    return done;
  });

export function markUnread(row: Row): Promise<boolean> {
  const seq = row.last?.seq ?? row.last_seq;
  return perform(api.markUnread(row.conversation_id, { seq }), "act.marked_unread", row.conversation_id);
}

export function openExport(row: Row, format: "html" | "json" | "csv"): void {
  window.open(api.exportAddress(row.conversation_id, format), "_blank", "noopener");
}

/** Everything that can be done to a conversation now, as a menu. */
export function actsOf(row: Row): readonly MenuItem[] {
  const me = useMe();
  const isMine = row.agent?.id === me.id;
  const isInvited = row.invited.some((one) => one.id === me.id);
  const isBlocked = known(row.conversation_id)?.context?.customer.is_blocked === true;
  const items: (MenuItem | false)[] = [
    mayDo("claim", row) && { id: "claim", label: t("act.claim"), icon: "plus", keys: "alt+a", run: () => void claim(row) },
    mayDo("take_over", row) && { id: "take_over", label: t("act.take_over"), icon: "swap", run: () => ask("take_over", [row]) },
    mayDo("transfer", row) && { id: "transfer", label: t("act.transfer"), icon: "swap", keys: "alt+t", run: () => ask("transfer", [row]) },
    isMine && row.state === "assigned" && { id: "invite", label: t("act.invite"), icon: "users", keys: "alt+i", run: () => ask("invite", [row]) },
    isInvited && { id: "leave", label: t("act.leave"), icon: "out", run: () => void leaveIt(row) },
    isMine && row.state === "assigned" && { id: "requeue", label: t("act.requeue"), icon: "refresh", run: () => void requeue(row) },
    isOpenAt(row) && !row.snoozed_until && { id: "snooze", label: t("act.snooze"), icon: "snooze", keys: "alt+m", run: () => ask("snooze", [row]) },
    row.snoozed_until !== null && { id: "wake", label: t("act.wake"), icon: "bell", run: () => void wake(row) },
    isOpenAt(row) && { id: "labels", label: t("act.labels"), icon: "tag", keys: "alt+g", run: () => ask("labels", [row]) },
    isMine && row.unread === 0 && { id: "unread", label: t("act.mark_unread"), icon: "eyeOff", keys: "alt+u", run: () => void markUnread(row) },
    isMine && { id: "rating", label: t("act.invite_rating"), icon: "star", run: () => void inviteRating(row) },
    mayDo("close", row) && { id: "close", label: t("act.close_it"), icon: "check", keys: "alt+e", run: () => ask("close", [row]) },
    row.state === "closed" && me.may("session.answer") && { id: "reopen", label: t("act.reopen"), icon: "refresh", run: () => void reopen(row) },
    mayDo("merge", row) && { id: "merge", label: t("act.merge"), icon: "merge", isApart: true, run: () => ask("merge", [row]) },
    mayDo("export", row) && { id: "print", label: t("act.print"), icon: "text", run: () => openExport(row, "html") },
    mayDo("export", row) && { id: "json", label: t("act.export_json"), icon: "download", run: () => openExport(row, "json") },
    mayDo("export", row) && { id: "csv", label: t("act.export_csv"), icon: "download", run: () => openExport(row, "csv") },
    mayDo("block", row) && !isBlocked && { id: "block", label: t("act.block"), icon: "block", isDanger: true, isApart: true, run: () => ask("block", [row]) },
    mayDo("block", row) && isBlocked && { id: "unblock", label: t("act.unblock"), icon: "block", isApart: true, run: () => void unblock(row) },
  ];
  return items.filter((item): item is MenuItem => item !== false);
}

function isOpenAt(row: Row): boolean {
  return row.state === "assigned" || row.state === "waiting";
}
