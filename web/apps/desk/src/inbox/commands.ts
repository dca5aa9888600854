/** The keys and commands of the place of work. */

import { useCommands, type Command } from "../commands/registry.ts";
import { composer } from "../composer/bus.ts";
import { actsOf, ask, claim, markUnread, mayDo } from "../context/acts.ts";
import { useSuggestion } from "../context/suggestions.ts";
import { t, type Key } from "../i18n/index.ts";
import type { Opened } from "../thread/opened.ts";
import { jumpToEnd } from "../thread/opened.ts";
import { useInbox } from "./store.ts";

export interface Place {
  readonly opened: () => Opened | null;
  readonly move: (by: 1 | -1) => void;
  readonly toggleFocused: () => void;
  readonly togglePanel: () => void;
  readonly find: () => void;
  readonly isNarrow: () => boolean;
  readonly back: () => void;
  readonly closeAndGoOn: () => void;
}

/** The same, with keys that work while one writes. */
const whileWriting = (key: Key): string => t("key.while_writing", { what: t(key) });

export function useInboxCommands(place: Place): void {
  const inbox = useInbox();
  const row = () => place.opened()?.row ?? null;
  const isThere = (): boolean => row() !== null;
  const group = "conversation" as const;

  const moving: Command[] = [
    { id: "list.next", group, title: () => t("key.next"), icon: "down", keys: "j", run: () => place.move(1) },
    { id: "list.previous", group, title: () => t("key.previous"), icon: "up", keys: "k", run: () => place.move(-1) },
    { id: "list.next_writing", group, title: () => whileWriting("key.next"), keys: "alt+j", whileWriting: true, isHidden: true, run: () => place.move(1) },
    { id: "list.previous_writing", group, title: () => whileWriting("key.previous"), keys: "alt+k", whileWriting: true, isHidden: true, run: () => place.move(-1) },
    { id: "list.select", group, title: () => t("key.select"), icon: "check", keys: "x", run: place.toggleFocused },
    { id: "list.select_all", group, title: () => t("bulk.all"), icon: "list", keys: "shift+x", run: inbox.selectAll },
    {
      id: "list.back",
      group,
      title: () => t("key.back"),
      icon: "left",
      keys: "esc",
      when: () => inbox.selected.size > 0 || (place.isNarrow() && place.opened() !== null),
      run: () => (inbox.selected.size ? inbox.selectNone() : place.back()),
    },
  ];

  const writing: Command[] = [
    { id: "reply", group, title: () => t("key.reply"), icon: "reply", keys: "r", when: isThere, run: () => composer.value?.focus("reply") },
    { id: "reply_writing", group, title: () => whileWriting("key.reply"), keys: "alt+l", whileWriting: true, isHidden: true, when: isThere, run: () => composer.value?.focus("reply") },
    { id: "note", group, title: () => t("key.note"), icon: "lock", keys: "n", when: isThere, run: () => composer.value?.focus("note") },
    { id: "note_writing", group, title: () => whileWriting("key.note"), keys: "alt+p", whileWriting: true, isHidden: true, when: isThere, run: () => composer.value?.focus("note") },
    { id: "send_close", group, title: () => t("send.and_close"), icon: "send", keys: "mod+shift+enter", whileWriting: true, when: isThere, run: () => composer.value?.send("close") },
    ...[1, 2, 3, 4, 5].map((n) => ({
      id: `suggestion.${n}`,
      group,
      title: () => t("key.suggestion", { n }),
      icon: "star" as const,
      keys: `alt+${n}`,
      whileWriting: true,
      when: () => isThere() && mayDo("answer", row()!),
      run: () => useSuggestion(place.opened()!.id, n),
    })),
  ];

  const acting: Command[] = [
    { id: "claim", group, title: () => t("act.claim"), icon: "plus", keys: "alt+a", whileWriting: true, when: () => isThere() && mayDo("claim", row()!), run: () => void claim(row()!) },
    { id: "close", group, title: () => t("act.close_it"), icon: "check", keys: "alt+e", whileWriting: true, when: () => isThere() && mayDo("close", row()!), run: () => ask("close", [row()!]) },
    { id: "close_next", group, title: () => t("key.close_next"), icon: "check", keys: "alt+shift+e", whileWriting: true, when: () => isThere() && mayDo("close", row()!), run: place.closeAndGoOn },
    { id: "transfer", group, title: () => t("act.transfer"), icon: "swap", keys: "alt+t", whileWriting: true, when: () => isThere() && mayDo("transfer", row()!), run: () => ask("transfer", [row()!]) },
    { id: "invite", group, title: () => t("act.invite"), icon: "users", keys: "alt+i", whileWriting: true, when: () => isThere() && mayDo("answer", row()!), run: () => ask("invite", [row()!]) },
    { id: "snooze", group, title: () => t("act.snooze"), icon: "snooze", keys: "alt+m", whileWriting: true, when: () => isThere() && row()!.state !== "closed" && row()!.state !== "bot", run: () => ask("snooze", [row()!]) },
    { id: "labels", group, title: () => t("act.labels"), icon: "tag", keys: "alt+g", whileWriting: true, when: () => isThere() && row()!.state !== "closed" && row()!.state !== "bot", run: () => ask("labels", [row()!]) },
    { id: "unread", group, title: () => t("act.mark_unread"), icon: "eyeOff", keys: "alt+u", whileWriting: true, when: () => isThere() && mayDo("answer", row()!), run: () => void markUnread(row()!) },
    { id: "panel", group, title: () => t("panel.toggle"), icon: "user", keys: "alt+o", whileWriting: true, when: isThere, run: place.togglePanel },
    { id: "find", group, title: () => t("find.open"), icon: "search", keys: "/", when: isThere, run: place.find },
    { id: "find_writing", group, title: () => whileWriting("find.open"), keys: "alt+f", whileWriting: true, isHidden: true, when: isThere, run: place.find },
    { id: "end", group, title: () => t("thread.to_end"), icon: "down", keys: "shift+g", when: isThere, run: () => void jumpToEnd(place.opened()!.id) },
  ];

  // What has no key is found by its name.
  const others = ["take_over", "requeue", "rating", "reopen", "merge", "print", "json", "csv", "block", "unblock", "leave", "wake"];
  const rest: Command[] = others.map((id) => {
    const item = () => (row() ? actsOf(row()!).find((one) => one.id === id) : undefined);
    return { id: `act.${id}`, group, title: () => item()?.label ?? "", when: () => item() !== undefined, run: () => item()?.run() };
  });

  useCommands([...moving, ...writing, ...acting, ...rest]);
}
