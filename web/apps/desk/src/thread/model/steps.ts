/** What happened in a conversation by itself or by somebody's hand, in words. */

import type { Key, Values } from "../../i18n/index.ts";
import type { Item } from "../../api/types.ts";

type Rough = Readonly<Record<string, unknown>>;

/** What is known of ids: the names of groups, labels, agents and codes. */
export interface Names {
  readonly group: (id: string) => string;
  readonly label: (id: string) => string;
  readonly agent: (id: string) => string;
  readonly code: (id: string) => string;
  /** Of a reason to hand over. */
  readonly reason: (code: string) => string;
  readonly time: (at: number) => string;
  readonly length: (seconds: number) => string;
  readonly page: (data: Rough) => string;
  readonly list: (names: readonly string[]) => string;
}

export interface StepWords {
  readonly key: Key;
  readonly values: Values;
  /** What somebody wrote along with it. */
  readonly note: string;
}

/** Return the words for a step; of one that a newer server knows, its name. */
export function stepWords(item: Pick<Item, "step" | "data" | "agent">, names: Names): StepWords {
  const data: Rough = { ...(item.agent ? { agent: item.agent } : {}), ...item.data };
  const say = STEPS[item.step ?? ""];
  const { key, values } = say ? say(data, names) : { key: "step.other" as const, values: { name: item.step ?? "" } };
  return { key, values: (values ?? {}) as Values, note: hasNote(item.step) ? noteOf(data) : "" };
}

interface Said {
  readonly key: Key;
  readonly values?: Readonly<Record<string, string | number | undefined>>;
}

type Say = (data: Rough, names: Names) => Said;

const STEPS: Readonly<Record<string, Say>> = {
  handed_over: (data, names) => {
    const code = text(data["reason"]) || text(record(data["reason"])["code"]);
    return code ? { key: "step.handed_over_why", values: { why: names.reason(code) } } : { key: "step.handed_over" };
  },
  queued: (data, names) => {
    const group = names.group(text(data["group_id"]));
    return group ? { key: "step.queued_group", values: { group } } : { key: "step.queued" };
  },
  requeued: (data) => {
    const mark = text(data["mark"]);
    if (mark === "unanswered") return { key: "step.requeued_unanswered" };
    if (mark === "agent_gone") return { key: "step.requeued_gone" };
    if (mark === "overflow") return { key: "step.requeued_overflow" };
    return { key: "step.requeued" };
  },
  withdrawn: () => ({ key: "step.withdrawn" }),
  assigned: (data, names) => {
    const agent = person(data["agent"], names);
    const by = person(data["by"], names);
    if (data["how"] === "claim") return { key: "step.claimed", values: { agent } };
    if (by && by !== agent) return { key: "step.assigned_by", values: { agent, by } };
    return { key: "step.assigned", values: { agent } };
  },
  transferred: (data, names) => {
    const from = person(data["by"], names) || person(data["agent"], names) || person(data["from"], names);
    return { key: "step.transferred", values: { from, to: whereto(data, names) } };
  },
  taken_over: (data, names) => {
    const agent = person(data["agent"], names) || person(data["by"], names);
    const before = text(data["before"]);
    if (before === "bot") return { key: "step.taken_from_bot", values: { agent } };
    const whose = person(data["before"], names);
    return whose ? { key: "step.taken_from", values: { agent, whose } } : { key: "step.taken_over", values: { agent } };
  },
  given_back: (data, names) => ({ key: "step.given_back", values: { agent: person(data["agent"], names) } }),
  closed: (data, names) => {
    const by = text(data["by"]) || text(record(data["by"])["kind"]);
    const code = names.code(text(record(data["wrap_up"])["code"]));
    if (by === "customer") return { key: "step.closed_customer" };
    if (by === "idle") return { key: "step.closed_idle" };
    if (by === "bot") return { key: "step.closed_bot" };
    const agent = person(data["agent"], names) || person(data["by"], names);
    return code ? { key: "step.closed_code", values: { agent, code } } : { key: "step.closed", values: { agent } };
  },
  reopened: (data, names) => ({ key: "step.reopened", values: { agent: person(data["agent"], names) } }),
  snoozed: (data, names) => ({
    key: "step.snoozed",
    values: { agent: person(data["agent"], names), time: timeOf(data["until"], names) },
  }),
  woken: (data) => ({ key: data["by"] === "customer" ? "step.woken_customer" : "step.woken" }),
  labelled: (data, names) => {
    const label = (ids: unknown): string => names.list(list(ids).map((id) => names.label(text(id))));
    const [added, removed] = [label(data["added"] ?? data["add"]), label(data["removed"] ?? data["remove"])];
    const agent = person(data["agent"], names);
    if (added && removed) return { key: "step.labelled_both", values: { agent, added, removed } };
    if (removed) return { key: "step.unlabelled", values: { agent, removed } };
    return { key: "step.labelled", values: { agent, added } };
  },
  tagged: (data, names) => {
    const [added, removed] = [data["added"], data["removed"]].map((tags) => names.list(list(tags).map(text)));
    const agent = person(data["agent"], names);
    if (added && removed) return { key: "step.tagged_both", values: { agent, added, removed } };
    if (removed) return { key: "step.untagged", values: { agent, removed } };
    return { key: "step.tagged", values: { agent, added } };
  },
  prioritised: (data, names) => ({
    key: "step.prioritised",
    values: { agent: person(data["agent"], names), priority: Number(data["priority"] ?? 0) },
  }),
  invited: (data, names) => ({
    key: "step.invited",
    values: { by: person(data["by"], names), agent: person(data["agent"], names) },
  }),
  entered: (data, names) => {
    const agent = person(data["agent"], names);
    return agent ? { key: "step.entered_agent", values: { agent } } : { key: "step.entered" };
  },
  left: (data, names) => {
    const agent = person(data["agent"], names);
    return agent ? { key: "step.left_agent", values: { agent } } : { key: "step.left" };
  },
  rated: (data) => {
    const nps = data["nps"];
    const score = Number(data["score"] ?? 0);
    return typeof nps === "number" ? { key: "step.rated_nps", values: { score, nps } } : { key: "step.rated", values: { score } };
  },
  rating_invited: (data, names) => ({ key: "step.rating_invited", values: { agent: person(data["agent"], names) } }),
  recalled: (data) => ({ key: data["by"] === "agent" ? "step.recalled_agent" : "step.recalled" }),
  ended: () => ({ key: "step.ended" }),
  merged: () => ({ key: "step.merged" }),
  unmerged: () => ({ key: "step.unmerged" }),
  blocked: (data, names) => {
    const agent = person(data["agent"], names) || person(data["by"], names);
    if (data["on"] === false) return { key: "step.unblocked", values: { agent } };
    const time = timeOf(data["until"], names);
    return time ? { key: "step.blocked_until", values: { agent, time } } : { key: "step.blocked", values: { agent } };
  },
  unblocked: (data, names) => ({ key: "step.unblocked", values: { agent: person(data["agent"], names) } }),
  paused: () => ({ key: "step.paused" }),
  resumed: () => ({ key: "step.resumed" }),
  restarted: () => ({ key: "step.restarted" }),
  session_started: () => ({ key: "step.session_started" }),
  review_asked: (data) => {
    const confidence = Number(data["confidence"] ?? NaN);
    return Number.isFinite(confidence)
      ? { key: "step.review_asked_at", values: { percent: Math.round(confidence * 100) } }
      : { key: "step.review_asked" };
  },
  review_decided: (data, names) => {
    const agent = person(data["agent"], names);
    switch (data["decision"]) {
      case "approve":
        return { key: "step.review_approved", values: { agent } };
      case "edit":
        return { key: "step.review_edited", values: { agent } };
      case "discard":
        return { key: "step.review_discarded", values: { agent } };
      case "superseded":
        return { key: "step.review_superseded" };
      default:
        return { key: "step.review_expired" };
    }
  },
  viewed: (data, names) => ({ key: "step.viewed", values: { page: names.page(data) } }),
  scanned: () => ({ key: "step.scanned" }),
  service_state: () => ({ key: "step.service_state" }),
  said_elsewhere: (data, names) => ({
    key: "step.said_elsewhere",
    values: { agent: person(data["agent"], names), text: text(data["text"]) },
  }),
  forgotten: () => ({ key: "step.forgotten" }),
};

/** The names of all steps that have words of their own. */
export const STEP_NAMES: readonly string[] = Object.keys(STEPS);

/** What was said elsewhere is in the words; why somebody waits stands at the step before. */
const hasNote = (step: string | undefined): boolean => step !== "said_elsewhere" && step !== "queued";

function noteOf(data: Rough): string {
  const said = [data["note"], data["comment"], record(data["wrap_up"])["comment"], data["text"], data["detail"]];
  const note = said.map(text).find(Boolean) ?? "";
  // The line has quotation marks of its own.
  return /^“[^“”]*”$/.test(note) ? note.slice(1, -1) : note;
}

function whereto(data: Rough, names: Names): string {
  const to = data["to"];
  const target = record(to);
  const inside = text(target["group_id"]);
  if (inside) return names.group(inside);
  return person(to, names) || names.group(text(data["group_id"]));
}

/** An agent, as somebody with a name or as an id. */
function person(value: unknown, names: Names): string {
  if (typeof value === "string") return names.agent(value);
  const one = record(value);
  return text(one["name"]) || names.agent(text(one["id"]) || text(one["agent_id"]));
}

/** Seconds since the epoch, or a time as the API writes it. */
function timeOf(value: unknown, names: Names): string {
  if (typeof value === "number") return names.time(value * 1000);
  const at = typeof value === "string" ? +new Date(value) : NaN;
  return Number.isNaN(at) ? "" : names.time(at);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function record(value: unknown): Rough {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Rough) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
