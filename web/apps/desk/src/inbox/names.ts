/** Names of what rows hold as ids or codes. */

import { language, t, tMaybe } from "../i18n/index.ts";
import type { Row } from "../api/types.ts";
import { useReference } from "../stores/reference.ts";

export const channelName = (channel: string): string => tMaybe(`channel.${channel}`, channel);
export const reasonName = (code: string): string => tMaybe(`reason.${code}`, code);
export const markName = (mark: Row["mark"]): string => tMaybe(`mark.${mark}`, mark);
export const tierName = (tier: number): string => (tier > 0 ? tMaybe(`tier.${tier}`, t("tier.other", { n: tier })) : "");
export const priorityName = (priority: number): string => tMaybe(`priority.${priority}`, String(priority));

/** Several names as one text. */
export const listed = (names: readonly string[]): string => names.join(language.value === "zh-CN" ? "、" : ", ");

export const customerName = (customer: { readonly name: string | null }): string =>
  customer.name?.trim() || t("person.unnamed");

export function useNames(): {
  groupName: (id: string | null) => string;
  agentName: (id: string) => string;
  labelOf: (id: string) => { readonly name: string; readonly color: string };
} {
  const reference = useReference();
  return {
    groupName: (id) => (id ? (reference.groupsById.get(id)?.name ?? id) : ""),
    agentName: (id) => (id ? (reference.agentsById.get(id)?.display_name ?? id) : ""),
    labelOf: (id) => reference.labelsById.get(id) ?? { name: id, color: "gray" },
  };
}

const KIND_NAMES = new Set(["image", "voice", "video", "file", "card", "location", "link", "rating"]);

/** What a list shows of the last line: words, or what it is. */
export function lastWords(row: Row): string {
  const { last } = row;
  if (!last) return "";
  if (last.by === "step") return last.text || t("last.step");
  if (last.text) return last.text;
  return KIND_NAMES.has(last.kind) ? tMaybe(`last.${last.kind}`, last.kind) : t("quote.content");
}
