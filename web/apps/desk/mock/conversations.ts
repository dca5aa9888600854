/** The mock's conversations: 10,000 rows, and threads made when they are asked for. */

import type { Agent, Item, Review, Row } from "../src/api/types.ts";
import { groupId, personOf } from "./people.ts";
import { Chance } from "./random.ts";
import { makeShowcase, SHOWCASE, SHOWCASE_COUNT } from "./showcase.ts";

export const COUNT = 10_000;
/** The conversation with 5,000 messages. */
export const LONG = "web-c00004";
export const LONG_COUNT = 5000;

const FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
const GIVEN = "伟芳娜敏静秀丽强磊洋艳勇军杰娟涛明超霞平刚桂英华梅雪飞鹏宇欣怡佳琪浩然子涵梓萱一诺";
const CHANNELS = ["web", "wechat", "wechat_miniprogram", "wecom", "rest"];
const TAGS = ["VIP", "老客户", "爱退货", "批发", "企业采购", "投诉过"];
const ASKED = [
  "我的订单什么时候发货？",
  "收到的衣服颜色和图片不一样，想退货",
  "快递三天没动了，能帮我催一下吗",
  "请问这款有 L 码吗？",
  "发票怎么开？抬头要写公司",
  "退款多久能到账啊",
  "优惠券为什么用不了",
  "你们客服怎么一直不理人！",
  "Hi, can you ship to Germany?",
  "好的，谢谢",
  "人工",
  "地址填错了，还能改吗？订单号 20261128000142",
];
const ANSWERED = [
  "您好，我帮您看一下，请稍等。",
  "已经为您加急处理，预计今天 18:00 前发出。",
  "退款会在 1–3 个工作日内原路退回。",
  "麻烦您提供一下订单号，谢谢。",
  "亲，这款 L 码还有现货哦。",
];

const pad = (at: number): string => String(at).padStart(5, "0");

function nameOf(chance: Chance, at: number): string | null {
  if (at === 2) return '<img src=x onerror="window.hacked=1">';
  if (at === 6) return "<script>window.hacked=1</script>";
  if (at === 9) return "名字非常非常长的客户先生来自很远很远的地方并且还带着表情😀😀😀";
  if (chance.is(0.08)) return null;
  const given = chance.one([...GIVEN]) + (chance.is(0.6) ? chance.one([...GIVEN]) : "");
  return chance.one([...FAMILY]) + given;
}

export function makeRows(agents: readonly Agent[], now: number): Row[] {
  const chance = new Chance(20261129);
  const working = agents.filter((agent) => agent.is_active && agent.role !== "trainer");
  const rows = Array.from({ length: COUNT }, (_, at) => makeRow(at, chance, working, agents, now));
  return rows.map((row) => (row.conversation_id === SHOWCASE ? shown(row) : row));
}

function shown(row: Row): Row {
  const { seq: _, ...last } = row.last!;
  return {
    ...row,
    channel: "wechat",
    customer: { ...row.customer, name: "沈嘉禾", tier: 2, tags: ["VIP", "爱退货", "双十一"] },
    last: { ...last, seq: SHOWCASE_COUNT, by: "customer", text: "税号我等下发给你" },
    last_seq: SHOWCASE_COUNT,
    unread: 2,
    labels: ["lb1", "lb2"],
    reason: { code: "asked", detail: "" },
    unanswered_since: row.last!.at,
  };
}

function makeRow(at: number, chance: Chance, working: readonly Agent[], agents: readonly Agent[], now: number): Row {
  const state = at < 12 ? "assigned" : at < 40 ? "waiting" : at < 90 ? "assigned" : at < 400 ? "bot" : chance.one(["closed", "closed", "bot"] as const);
  const owner = state !== "assigned" ? null : at < 12 ? agents[at < 6 ? 1 : 0]! : chance.one(working);
  const when = now - at * 47_000 - chance.below(30_000);
  const iso = new Date(when).toISOString();
  const id = `web-c${pad(at)}`;
  const by = chance.one(["customer", "customer", "bot", "agent"] as const);
  const isLong = id === LONG;
  return {
    conversation_id: id,
    session_id: state === "bot" ? null : `s${pad(at)}`,
    state,
    customer: { id: `u${pad(at)}`, name: nameOf(chance, at), tier: chance.is(0.1) ? 2 : chance.is(0.2) ? 1 : 0, tags: at % 7 ? [] : [TAGS[(at / 7) % TAGS.length]!] },
    channel: chance.one(CHANNELS),
    last: { seq: isLong ? LONG_COUNT : 40, at: iso, by, text: by === "customer" ? chance.one(ASKED) : chance.one(ANSWERED), kind: "text" },
    last_seq: isLong ? LONG_COUNT : 40,
    unread: state === "assigned" && at < 12 && chance.is(0.5) ? 1 + chance.below(5) : 0,
    waiting_since: state === "waiting" ? new Date(now - (at - 11) * 31_000).toISOString() : null,
    unanswered_since: state === "assigned" && by === "customer" ? iso : null,
    agent: owner ? personOf(owner) : null,
    group_id: state === "bot" ? null : groupId(chance.one(["g1", "g1", "g2", "g3"])),
    skills: state === "waiting" ? [chance.one(["退款", "物流", "投诉"])] : [],
    language: chance.is(0.9) ? "zh" : "en",
    labels: chance.is(0.3) ? [chance.one(["lb1", "lb2", "lb3"])] : [],
    priority: at === 14 ? 2 : chance.is(0.1) ? 1 : 0,
    is_first_in_line: at === 13,
    reason: state === "bot" ? null : { code: chance.one(["asked", "low_confidence", "negative", "important"]), detail: "" },
    mark: at === 13 ? "unanswered" : at === 16 ? "agent_gone" : at === 19 ? "overflow" : "",
    snoozed_until: null,
    review: at >= 90 && at < 96 ? { review_id: `r${pad(at)}`, deadline: new Date(now + (at - 80) * 12_000).toISOString() } : null,
    has_draft: at === 3,
    invited: [],
    version: 1,
    changed_at: iso,
  };
}

export function makeItems(row: Row, agents: readonly Agent[]): Item[] {
  if (row.conversation_id === SHOWCASE) return makeShowcase(row, personOf(agents[1]!), personOf(agents[2]!), personOf(agents[3]!));
  const chance = new Chance(Number(row.conversation_id.slice(-5)) + 1);
  const count = row.last_seq;
  const end = +new Date(row.last!.at);
  const step = row.conversation_id === LONG ? 90_000 : 260_000;
  const agent = row.agent ?? { id: "a0", name: "林小雨", avatar: "" };
  return Array.from({ length: count }, (_, at): Item => {
    const seq = at + 1;
    const time = new Date(end - (count - seq) * step).toISOString();
    const base = { seq, at: time };
    if (seq === count && row.last!.by !== "step") return { ...makeSaid(base, row.last!.by, row.last!.text, agent), id: `m${seq}` };
    if (seq === Math.max(2, count - 22)) return { ...base, kind: "step", step: "handed_over", data: { reason: row.reason?.code ?? "asked" } };
    if (seq === Math.max(3, count - 21)) return { ...base, kind: "step", step: "assigned", agent, data: {} };
    if (seq === count - 9) return { ...base, kind: "private", text: "客户情绪不太好，注意安抚。@陈志强 帮忙看下库存", agent, id: `m${seq}`, mentions: [] };
    const isHuman = seq > count - 21;
    const by = seq % 3 === 0 ? (isHuman ? "agent" : "bot") : "customer";
    return { ...makeSaid(base, by, by === "customer" ? chance.one(ASKED) : chance.one(ANSWERED), agent), id: `m${seq}` };
  });
}

function makeSaid(base: { seq: number; at: string }, by: string, text: string, agent: { id: string; name: string; avatar: string }): Item {
  if (by === "customer") return { ...base, kind: "customer", text, channel: "web", intent: "ask_order", confidence: 0.83 };
  if (by === "bot") return { ...base, kind: "bot", text, action: "utter_answer", policy: "MemoizationPolicy", confidence: 0.91, state: "read" };
  if (by === "private") return { ...base, kind: "private", text, agent };
  return { ...base, kind: "agent", text, agent, state: base.seq % 10 === 1 ? "failed" : "read", delivery_id: `d${base.seq}` };
}

export function makeReviews(rows: readonly Row[], now: number): Review[] {
  return rows
    .filter((row) => row.review)
    .map((row, at) => ({
      review_id: row.review!.review_id,
      conversation_id: row.conversation_id,
      customer: row.customer,
      channel: row.channel,
      question: ASKED[at % ASKED.length]!,
      draft: { text: ANSWERED[at % ANSWERED.length]! },
      action: "utter_answer",
      confidence: 0.72 + at * 0.03,
      parts: { intent: 0.81, answer: 0.72 + at * 0.03, policy: 0.9 },
      asked_at: new Date(now - 20_000 * at).toISOString(),
      deadline: row.review!.deadline,
      state: "open",
      decided_by: null,
      decided_at: null,
      text: null,
      claimed_by: null,
      claimed_until: null,
    }));
}
