/** Tells of what happens: by a sound, by the system, or within the desk. */

import { watch } from "vue";
import { router } from "../router.ts";
import { t, type Key } from "../i18n/index.ts";
import { live } from "../live/index.ts";
import { useCounts } from "../stores/counts.ts";
import { useMe } from "../stores/me.ts";
import { useSetting } from "../stores/settings.ts";
import { toast } from "../ui/toast.ts";
import type { NoticeKind } from "../live/frames.ts";
import { isWorthTelling, readNotifications, type Topic } from "./rules.ts";
import { play } from "./sounds.ts";
import { currentConversation } from "./where.ts";

const TOPIC: Readonly<Record<NoticeKind, Topic>> = {
  assigned: "assigned",
  transferred: "assigned",
  requeued: "assigned",
  taken_over: "assigned",
  mentioned: "mentioned",
  invited: "mentioned",
  review: "review",
  woken: "unanswered",
  unanswered: "unanswered",
};

/** Sounds one upon the other are noise. */
const QUIET_FOR = 1500;
const NOTICE_LENGTH = 140;

export function useNotifier(): void {
  const settings = useSetting("notifications", readNotifications);
  const me = useMe();
  const counts = useCounts();
  let rang = 0;

  function tell(topic: Topic, conversation: string | null, title: string, text: string): void {
    const where = { isHidden: document.hidden || !document.hasFocus(), conversation: currentConversation.value };
    if (!isWorthTelling(where, conversation)) return;
    const rule = settings.value.rules[topic];
    if (rule.sound !== "none" && Date.now() - rang > QUIET_FOR) {
      rang = Date.now();
      void play(rule.sound, settings.value.volume);
    }
    if (rule.desktop && where.isHidden) show(topic, conversation, title, text);
  }

  live.on("notice", ({ what, conversation_id, by, text }) => {
    const title = t(`notice.${what}` as Key, { by: by?.name ?? t("notice.somebody"), name: text || t("person.unnamed") });
    tell(TOPIC[what], conversation_id, title, what === "mentioned" ? text : "");
    if (currentConversation.value !== conversation_id) {
      toast(title, "info", { label: t("notice.open"), run: () => go(conversation_id) });
    }
  });

  live.on("items", ({ conversation_id, items, row }) => {
    const last = items.findLast((one) => one.kind === "customer");
    if (!last || row?.agent?.id !== me.id) return;
    const name = row.customer.name || t("person.unnamed");
    tell("message", conversation_id, t("notice.message", { name }), last.text ?? row.last?.text ?? "");
  });

  watch(
    () => counts.counts.waiting,
    (now, before) => {
      if (now > before) tell("queued", null, t("notice.queued"), "");
    },
  );
}

function go(conversation: string): void {
  void router.push({ name: "conversation", params: { id: conversation } });
}

function show(topic: Topic, conversation: string | null, title: string, text: string): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  const options = { body: text.slice(0, NOTICE_LENGTH), tag: `${topic} ${conversation ?? ""}`, silent: true };
  try {
    const notice = new Notification(title, options);
    notice.onclick = () => {
      window.focus();
      if (conversation) go(conversation);
      notice.close();
    };
  } catch {
    // Phones allow them only from a service worker; the sound and the list tell there.
  }
}
