// What is shown of a turn, as plain values.

export interface Origin {
  kind: string;
  name: string;
  file: string;
  line: number;
  first_line: number;
}
export interface Decision {
  action: string;
  policy: string | null;
  confidence: number | null;
  rejected: boolean;
  milliseconds: number | null;
  origins: Origin[];
}
export interface Ranked {
  name: string | null;
  confidence: number;
}
export interface Turn {
  text: string;
  intent: Ranked;
  intent_ranking: Ranked[];
  answer: Ranked | null;
  beside: { text: string; intent: Ranked } | null;
  sentiment: string | null;
  entities: Record<string, unknown>[];
  decisions: Decision[];
  slots: Record<string, unknown>;
  changed_slots: string[];
  active_loop: string | null;
  milliseconds: number | null;
  understanding_milliseconds: number | null;
  components: { name: string; milliseconds: number }[];
}
export interface Row {
  name: string;
  value: string;
  isNew: boolean;
}

const ZH = {
  title: "对话细节",
  open: "查看对话细节",
  close: "关闭",
  empty: "发一条消息，这里就会显示它是怎样被理解、由哪几行规则或故事决定的。",
  failed: "暂时无法读取细节",
  intent: "意图",
  answer: "问答",
  beside: "同时问到",
  mood: "情绪",
  entities: "实体",
  decisions: "动作",
  slots: "槽位",
  form: "表单",
  none: "无",
  declined: "未执行",
  asked: "被动作要求",
  copy: "复制位置",
  copied: "已复制",
  time: (all: string, understanding: string) => `用时 ${all} 毫秒，其中理解 ${understanding} 毫秒`,
  timeOnly: (all: string) => `用时 ${all} 毫秒`,
  components: "理解用时",
  features: "特征",
  kinds: { rule: "规则", story: "故事", form: "表单", setting: "设置" } as Record<string, string>,
};
const EN: typeof ZH = {
  title: "Details",
  open: "Show the details of the conversation",
  close: "Close",
  empty: "Send a message to see how it is understood, and which lines of a rule or story decide.",
  failed: "The details cannot be read at the moment",
  intent: "Intent",
  answer: "Answer",
  beside: "Asked beside",
  mood: "Mood",
  entities: "Entities",
  decisions: "Actions",
  slots: "Slots",
  form: "Form",
  none: "none",
  declined: "declined",
  asked: "asked for by an action",
  copy: "Copy the place",
  copied: "Copied",
  time: (all, understanding) => `${all} ms, ${understanding} of them to understand`,
  timeOnly: (all) => `${all} ms`,
  components: "Time to understand",
  features: "features",
  kinds: { rule: "rule", story: "story", form: "form", setting: "setting" },
};
export type Words = typeof ZH;

export const chosen = (language: string): Words => (language.toLowerCase().startsWith("zh") ? ZH : EN);

/** Intents worth showing: the first two, and others that are not out of the question. */
export function ranking(turn: Turn): Ranked[] {
  const all = turn.intent_ranking.length ? turn.intent_ranking : [turn.intent];
  return all.filter(({ confidence }, place) => place < 2 || confidence >= 0.005);
}

export const percent = (confidence: number): string => `${Math.round(confidence * 100)}%`;

export function entityText(entity: Record<string, unknown>): string {
  const more = [entity["role"], entity["group"]].filter(Boolean).join(", ");
  return `${entity["entity"]} = ${shown(entity["value"])}${more ? ` (${more})` : ""}`;
}

/** `data/rules.yml:7-8`, in a form that editors open. */
export function place({ file, line, first_line: first }: Origin): string {
  if (!line) return file;
  return first && first < line ? `${file}:${first}-${line}` : `${file}:${line}`;
}

export function policy(decision: Decision, words: Words): string {
  if (!decision.policy) return words.asked;
  return decision.confidence === null ? decision.policy : `${decision.policy} ${decision.confidence.toFixed(2)}`;
}

/** Slots with a value, and those that the turn emptied; the changed ones first. */
export function slots(turn: Turn): Row[] {
  const changed = new Set(turn.changed_slots);
  const names = [...new Set([...Object.keys(turn.slots), ...turn.changed_slots])];
  const rows = names
    .filter((name) => name !== "session_started_metadata")
    .map((name) => ({ name, value: name in turn.slots ? shown(turn.slots[name]) : "–", isNew: changed.has(name) }));
  return rows.sort((a, b) => Number(b.isNew) - Number(a.isNew) || a.name.localeCompare(b.name));
}

export function time(turn: Turn, words: Words): string {
  const understanding = turn.understanding_milliseconds;
  const all = String(Math.round((turn.milliseconds ?? 0) + (understanding ?? 0)));
  return understanding === null ? words.timeOnly(all) : words.time(all, understanding.toFixed(1));
}

/** Components that took any time worth telling, the slowest first, with their share of the slowest. */
export function components(turn: Turn, words: Words): { name: string; value: string; share: number }[] {
  const slow = turn.components.filter(({ milliseconds }) => milliseconds >= 0.05).sort((a, b) => b.milliseconds - a.milliseconds);
  return slow.slice(0, 6).map(({ name, milliseconds }) => ({
    name: name === "features" ? words.features : name,
    value: `${milliseconds.toFixed(1)} ms`,
    share: milliseconds / slow[0]!.milliseconds,
  }));
}

/** The conversation of a visitor's token, which nobody else can guess; as the server names it. */
export function conversationOf(token: string | null): string | null {
  const visitor = token?.split(".")[1];
  return visitor ? `web-${visitor}` : null;
}

const shown = (value: unknown): string => (typeof value === "string" && value ? value : JSON.stringify(value)) ?? "";
