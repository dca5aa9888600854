/** The mock's conversations: lists, threads, acts, reviews, board, search. */

import type { Sort } from "../src/api/conversations.ts";
import type { Item, Person, Row } from "../src/api/types.ts";
import { cleanTag, hasTag, tagKey } from "../src/context/tags.ts";
import { compared } from "../src/inbox/model/matching.ts";
import { check, missing, paged, Refusal, Reply, route, type Call, type Route } from "./answering.ts";
import { SETTINGS } from "./library.ts";
import { heldBy, personOf } from "./people.ts";

const DEFAULT_LIMIT = 50;

function rowOf(call: Call): Row {
  const row = call.state.row(call.params["id"]!);
  if (!row) throw missing("conversation");
  return row;
}

function told(call: Call, row: Row): Row {
  call.live.tell({ kind: "row", conversation_id: row.conversation_id, row });
  call.live.tellCounts();
  return row;
}

function say(call: Call, row: Row, item: Omit<Item, "seq" | "at">): Item {
  const said = call.state.say(row, item);
  call.live.tellItems(row, [said]);
  return said;
}

function inbox(call: Call): unknown {
  const { query, state, who } = call;
  const view = query.get("view") ?? "mine";
  const shown: Readonly<Record<string, (row: Row) => boolean>> = {
    mine: (row) => row.state === "assigned" && row.agent?.id === who.id && !row.snoozed_until,
    waiting: (row) => row.state === "waiting",
    all: () => true,
    closed: (row) => row.state === "closed",
    snoozed: (row) => row.snoozed_until !== null,
  };
  const filters = ["channel", "state"] as const;
  const found = state.rows.filter(
    (row) =>
      (shown[view] ?? shown["all"]!)(row) &&
      filters.every((name) => !query.get(name) || row[name] === query.get(name)) &&
      (!query.get("group") || row.group_id === query.get("group")) &&
      (!query.get("label") || row.labels.includes(query.get("label")!)) &&
      (!query.get("agent") || row.agent?.id === query.get("agent")) &&
      (!query.get("tier") || row.customer.tier === Number(query.get("tier"))) &&
      (!query.get("tag") || hasTag(row.customer.tags, query.get("tag")!)),
  );
  const sort = (query.get("sort") ?? (view === "waiting" ? "waiting" : "newest")) as Sort;
  return paged(found.sort((one, other) => compared(one, other, sort)), query);
}

function thread(call: Call): unknown {
  const row = rowOf(call);
  const items = call.state.items(call.state.row(call.query.get("of") ?? "") ?? row);
  const limit = Number(call.query.get("limit") ?? DEFAULT_LIMIT);
  const [before, after, around] = ["before", "after", "around"].map((name) => Number(call.query.get(name) ?? NaN));
  let from = Math.max(0, items.length - limit);
  let to = items.length;
  if (!Number.isNaN(before!)) [from, to] = [Math.max(0, before! - 1 - limit), before! - 1];
  if (!Number.isNaN(after!)) [from, to] = [after!, Math.min(items.length, after! + limit)];
  if (!Number.isNaN(around!)) {
    from = Math.max(0, around! - Math.ceil(limit / 2));
    to = Math.min(items.length, from + limit);
  }
  const shown = items.slice(from, to);
  return {
    conversation_id: row.conversation_id,
    items: shown,
    first_seq: shown[0]?.seq ?? 0,
    last_seq: shown.at(-1)?.seq ?? 0,
    has_before: from > 0,
    has_after: to < items.length,
  };
}

function searchThread(call: Call): unknown {
  const q = call.query.get("q") ?? "";
  const found = call.state
    .items(rowOf(call))
    .filter((item) => q && item.text?.includes(q))
    .map((item) => {
      const at = item.text!.indexOf(q);
      return { seq: item.seq, at: item.at, by: item.kind, snippet: item.text, ranges: [[at, at + q.length]] };
    })
    .reverse();
  return paged(found, call.query);
}

function customerOf(row: Row): Record<string, unknown> {
  return {
    id: row.customer.id,
    conversation_id: row.conversation_id,
    name: row.customer.name,
    tier: row.customer.tier,
    phone: "138****2207",
    tags: row.customer.tags,
    attributes: { city: "杭州", member_since: "2023-04-11", source: "双十一会场" },
    identities: [
      { kind: "phone", value: "138****2207", is_verified: true },
      { kind: "wechat_openid", value: "oX1…9fQ", is_verified: false },
    ],
    is_blocked: false,
  };
}

function retag(call: Call): unknown {
  const row = rowOf(call);
  const before = row.customer.tags;
  const [add, remove] = ["add", "remove"].map((name) => (call.body[name] ?? []) as string[]);
  if (add!.some((tag) => !cleanTag(tag))) throw new Refusal(400, "bad-request", "a tag is not empty");
  const kept = before.filter((tag) => !hasTag(remove!, tag));
  const tags = [...kept, ...add!.map(cleanTag).filter((tag) => !hasTag(kept, tag))];
  const [added, removed] = [tags.filter((tag) => !before.includes(tag)), before.filter((tag) => !tags.includes(tag))];
  call.state.change(row, { customer: { ...row.customer, tags } });
  if (added.length || removed.length) {
    const data = { ...(added.length ? { added } : {}), ...(removed.length ? { removed } : {}) };
    told(call, say(call, row, { kind: "step", step: "tagged", agent: personOf(call.who), data }) && row);
  }
  return { customer_id: row.customer.id, tags, added, removed };
}

function tagsInUse(call: Call): unknown {
  const counts = new Map<string, { tag: string; customers: number }>();
  for (const tag of call.state.rows.flatMap((row) => row.customer.tags)) {
    const known = counts.get(tagKey(tag)) ?? { tag, customers: 0 };
    counts.set(tagKey(tag), { ...known, customers: known.customers + 1 });
  }
  const words = tagKey(call.query.get("q") ?? "");
  const found = [...counts].filter(([key]) => key.includes(words)).map(([, one]) => one);
  found.sort((one, other) => other.customers - one.customers || (one.tag < other.tag ? -1 : 1));
  return { items: found.slice(0, Number(call.query.get("limit") ?? DEFAULT_LIMIT)) };
}

function summaryOf(row: Row): Record<string, unknown> {
  return {
    asked: ["退货流程", "退款多久到账"],
    intents: [{ name: "ask_refund", confidence: 0.64 }],
    slots: [{ name: "order_no", value: "20261128000142" }],
    order: { order_id: "20261128000142", title: "羊毛围巾 ×1", status: "已签收", amount: "¥199.00" },
    tried: [
      { action: "utter_refund_policy", text: "七天内可无理由退货…", confidence: 0.61 },
      { action: "action_order_status", failed: true },
    ],
    lowest_confidence: 0.41,
    mood: "negative",
    reason: row.reason?.code ?? "asked",
  };
}

function sessionOf(row: Row, at = 0): Record<string, unknown> {
  const begun = +new Date(row.changed_at) - at * 9 * 86_400_000;
  return {
    session_id: `${row.session_id ?? row.conversation_id}-${at}`,
    conversation_id: row.conversation_id,
    state: at ? "closed" : row.state,
    agent: row.agent,
    group_id: row.group_id,
    reason: row.reason,
    summary: summaryOf(row),
    requested_at: new Date(begun).toISOString(),
    assigned_at: row.agent ? new Date(begun + 38_000).toISOString() : null,
    first_answer_at: null,
    closed_at: at ? new Date(begun + 700_000).toISOString() : null,
    closed_by: at ? { kind: "agent", agent: row.agent } : null,
    wrap_up: at ? { code: "k111", comment: "已退款" } : null,
    rating: at ? { score: 5 - (at % 3), comment: "解决得很快" } : null,
    labels: row.labels,
    handling_seconds: at ? 412 : null,
    waiting_seconds: 38,
    version: 1,
  };
}

function mergedOf(call: Call, row: Row): unknown {
  return { conversation_id: row.conversation_id, channel: row.channel, merged_at: new Date(call.state.now).toISOString() };
}

function context(call: Call): unknown {
  const row = rowOf(call);
  const held = new Set(heldBy(call.who));
  const isMine = row.agent?.id === call.who.id;
  return {
    row,
    session: row.session_id ? sessionOf(row) : null,
    customer: customerOf(row),
    summary: row.session_id ? summaryOf(row) : null,
    quota: row.channel === "wechat" ? { left: 3, of: 5, until: new Date(call.state.now + 3_600_000).toISOString(), text: "" } : null,
    viewers: row.conversation_id === "web-c00001" ? [personOf(call.state.agents[2]!)] : [],
    merged: row.conversation_id === "web-c00001" ? [mergedOf(call, call.state.rows[7]!)] : [],
    can: {
      answer: isMine && row.state === "assigned",
      note: true,
      claim: row.state === "waiting" && held.has("session.claim"),
      take_over: !isMine && row.state !== "closed" && held.has("session.take_over"),
      assign: held.has("session.assign"),
      transfer: isMine && held.has("session.transfer"),
      close: isMine,
      listen: !isMine && held.has("session.listen"),
      whisper: !isMine && held.has("session.whisper"),
      block: held.has("customer.block"),
      merge: held.has("customer.merge"),
      tag: held.has("customer.tag"),
      export: held.has("export"),
      recall: isMine,
    },
  };
}

function send(call: Call): unknown {
  const row = rowOf(call);
  if (row.agent?.id !== call.who.id) {
    throw new Refusal(409, "not-yours", "another agent answers", { details: { owner: row.agent } });
  }
  if (call.body["text"]?.includes("加微信")) throw new Refusal(400, "blocked-words", "the text holds words that may not be sent");
  const known = call.state.items(row).find((item) => item.id === call.body["message_id"]);
  if (known) return { seq: known.seq };
  const said = say(call, row, {
    kind: "agent",
    id: call.body["message_id"],
    text: call.body["text"] ?? "",
    agent: personOf(call.who),
    state: "pending",
    ...(call.body["content"] ? { content: call.body["content"] } : {}),
    ...(call.body["reply_to"] ? { reply_to: call.body["reply_to"] } : {}),
  });
  for (const [state, later] of [["sent", 150], ["delivered", 500], ["read", 1500]] as const) {
    setTimeout(() => {
      Object.assign(said, { state });
      call.live.send({ type: "changed_items", conversation_id: row.conversation_id, items: [{ seq: said.seq, state }] });
    }, later);
  }
  told(call, row);
  return { seq: said.seq };
}

function note(call: Call): unknown {
  const row = rowOf(call);
  const { text, message_id, mentions, is_whisper } = call.body;
  const said = say(call, row, { kind: "private", id: message_id, text, mentions, agent: personOf(call.who), ...(is_whisper ? { is_whisper } : {}) });
  return { seq: said.seq };
}

/** Give a conversation to somebody, or to the queue, and say so in the thread. */
function move(call: Call, step: string, agent: Person | null, state: Row["state"], data: Record<string, unknown> = {}): Row {
  const row = rowOf(call);
  const before = row.agent;
  const since = state === "waiting" ? new Date().toISOString() : null;
  call.state.change(row, { agent, state, waiting_since: since, unread: 0 });
  say(call, row, { kind: "step", step, agent: personOf(call.who), data: { ...data, to: agent } });
  for (const [who, by] of [[before, -1], [agent, 1]] as const) {
    if (!who || before?.id === agent?.id) continue;
    const presence = call.state.setPresence(who.id, { open: Math.max(0, call.state.presenceOf(who.id).open + by) });
    call.live.tell({ kind: "presence", presence });
  }
  if (agent && agent.id !== call.who.id) {
    const what = step === "transferred" ? "transferred" : "assigned";
    call.live.tell({ kind: "notice", what, conversation_id: row.conversation_id, by: personOf(call.who), text: row.customer.name ?? "" }, agent.id);
  }
  return told(call, row);
}

function personWith(call: Call, id: string): Person {
  const agent = call.state.agents.find((one) => one.id === id);
  if (!agent) throw missing("agent");
  return personOf(agent);
}

function assign(call: Call): Row {
  const presence = call.state.presenceOf(call.body["agent_id"]);
  if (presence.open >= presence.max_sessions) throw new Refusal(409, "agent-full", "the agent has as many conversations as they may have");
  return move(call, "assigned", personWith(call, call.body["agent_id"]), "assigned");
}

function claim(call: Call): Row {
  const row = rowOf(call);
  if (row.state === "assigned") throw new Refusal(409, "conflict", "somebody else was faster", { details: { current: row } });
  return move(call, "assigned", personOf(call.who), "assigned");
}

function transfer(call: Call): Row {
  const { to, note } = call.body;
  if (to.bot) return move(call, "given_back", null, "bot", { note });
  if (to.group_id) {
    call.state.change(rowOf(call), { group_id: to.group_id, mark: "transferred" });
    return move(call, "transferred", null, "waiting", { note, group_id: to.group_id });
  }
  return move(call, "transferred", personWith(call, to.agent_id), "assigned", { note });
}

function changing(fields: (call: Call, row: Row) => Partial<Row>, step = ""): Route["serve"] {
  return (call) => {
    const row = rowOf(call);
    call.state.change(row, fields(call, row));
    if (step) say(call, row, { kind: "step", step, agent: personOf(call.who), data: call.body });
    return told(call, row);
  };
}

const labels = (call: Call, row: Row) => ({
  labels: [...new Set([...row.labels, ...(call.body["add"] ?? [])])].filter((one) => !(call.body["remove"] ?? []).includes(one)),
});

function close(call: Call, body: Call["body"]): unknown {
  const needs = { ...SETTINGS, ...call.state.overrides }["needs_wrap_up"];
  if (needs && !body["wrap_up"] && rowOf(call).agent) throw new Refusal(422, "wrap-up-needed", "it is closed with a wrap-up code only: 'wrap_up'");
  return move(call, "closed", null, "closed", body);
}

function bulk(call: Call): unknown {
  const { conversation_ids, act, ...rest } = call.body;
  const done: string[] = [];
  const failed: unknown[] = [];
  for (const id of conversation_ids as string[]) {
    const one: Call = { ...call, params: { id }, body: rest };
    try {
      if (act === "close") close(one, rest);
      else if (act === "assign") assign(one);
      else if (act === "label") changing(labels)(one);
      else if (act === "snooze") changing(() => ({ snoozed_until: rest["until"] ?? null }))(one);
      else changing(() => ({ unread: 0 }))(one);
      done.push(id);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed.push({ conversation_id: id, problem: { type: `urn:kefu:problem:${error.problem}`, status: error.status, detail: error.message } });
    }
  }
  return { done, failed };
}

function claimReview(call: Call): unknown {
  const place = call.state.reviews.findIndex((one) => one.review_id === call.params["id"]);
  const before = call.state.reviews[place];
  if (!before) throw missing("review");
  if (before.state !== "open") throw new Refusal(409, "conflict", "it was decided already", { details: { current: before } });
  const isFree = !before.claimed_by || before.claimed_by.id === call.who.id || +new Date(before.claimed_until!) <= Date.now();
  if (!isFree) throw new Refusal(409, "not-yours", "a colleague looks at this draft");
  const review = { ...before, claimed_by: personOf(call.who), claimed_until: new Date(Date.now() + 60_000).toISOString() };
  call.state.reviews[place] = review;
  call.live.tell({ kind: "review", review });
  return review;
}

function decide(call: Call): unknown {
  const place = call.state.reviews.findIndex((one) => one.review_id === call.params["id"]);
  const before = call.state.reviews[place];
  if (!before) throw missing("review");
  if (before.state !== "open") throw new Refusal(409, "conflict", "it was decided already", { details: { current: before } });
  const state = ({ approve: "approved", edit: "edited", discard: "discarded" } as const)[call.body["decision"] as "approve"];
  const review = { ...before, state, decided_by: personOf(call.who), decided_at: new Date().toISOString(), text: call.body["text"] ?? null };
  call.state.reviews[place] = review;
  call.live.tell({ kind: "review", review });
  call.live.tellCounts();
  return review;
}

function search(call: Call): unknown {
  const q = (call.query.get("q") ?? "").trim().split(" ")[0]!;
  const kind = call.query.get("kind") ?? "all";
  if (q.startsWith("-")) throw new Refusal(400, "bad-query", "say at least one word, number or character to look for, not only what to leave out");
  const rows = q ? call.state.rows.filter((row) => row.customer.name?.includes(q) || row.last?.text.includes(q)) : [];
  const hits = rows.map((row) => {
    const isCustomer = row.customer.name?.includes(q);
    const text = isCustomer ? row.customer.name! : row.last!.text;
    const at = text.indexOf(q);
    return {
      kind: isCustomer ? "customer" : "message",
      conversation_id: row.conversation_id,
      leads_to: row.conversation_id,
      customer_name: row.customer.name ?? "",
      ...(isCustomer ? { customer_id: row.customer.id } : {}),
      channel: row.channel,
      at: row.last?.at,
      seq: isCustomer ? null : row.last_seq,
      by: isCustomer ? null : row.last?.by,
      speaker: row.last?.by === "agent" ? (row.agent?.name ?? "") : "",
      snippet: text,
      ranges: [[at, at + q.length]],
    };
  });
  return paged(hits.filter((hit) => kind === "all" || `${hit.kind}s` === kind), call.query);
}

const at = "/conversations/:id";

export const ROUTES: readonly Route[] = [
  route("GET", "/inbox", inbox, "session.read.mine"),
  route("GET", "/inbox/counts", (call) => call.state.counts(call.who.id)),
  route("POST", "/inbox/bulk", bulk),
  route("GET", `${at}/row`, rowOf),
  route("GET", `${at}/thread`, thread),
  route("GET", `${at}/thread/search`, searchThread),
  route("GET", `${at}/context`, context),
  route("GET", `${at}/sessions`, (call) => paged([1, 2, 3].map((one) => sessionOf(rowOf(call), one)), call.query)),
  route("GET", `${at}/orders`, () => ({
    orders: [
      { order_id: "20261128000142", title: "羊毛围巾（灰）×1", status: "已签收", amount: "¥199.00", items: [], url: null, placed_at: "2026-11-26T03:11:00Z" },
      { order_id: "20261111009917", title: "保温杯 500ml ×2", status: "已完成", amount: "¥138.00", items: [], url: null, placed_at: "2026-11-11T00:02:00Z" },
    ],
    error: null,
  })),
  route("GET", `${at}/suggestions`, () => ({
    items: [
      { kind: "faq", text: "退款会在 1–3 个工作日内原路退回。", source: "退款时效", score: 0.92, suggestion_id: "f1" },
      { kind: "past", text: "您好，已为您加急，预计今天到账。", source: "林小雨", score: 0.74, suggestion_id: "p1" },
      { kind: "draft", text: "请问您的订单号是多少？", source: "bot", score: 0.6, suggestion_id: "b1" },
    ],
  })),
  route("POST", `${at}/suggestions/:suggestion/used`, () => new Reply(204)),
  route("POST", `${at}/messages`, send, "session.answer"),
  route("POST", `${at}/private`, note),
  route("POST", `${at}/attachments`, (call) => ({
    attachment: "x",
    url: "/desk/icon.svg",
    content: { type: "image", url: "/desk/icon.svg", name: call.query.get("name") ?? "图片.png", size: 4096 },
  })),
  route("POST", `${at}/claim`, claim, "session.claim"),
  route("POST", `${at}/assign`, assign, "session.assign"),
  route("POST", `${at}/take_over`, (call) => move(call, "taken_over", personOf(call.who), "assigned"), "session.take_over"),
  route("POST", `${at}/transfer`, transfer, "session.transfer"),
  route("POST", `${at}/requeue`, (call) => move(call, "requeued", null, "waiting")),
  route("POST", `${at}/close`, (call) => close(call, call.body)),
  route("POST", `${at}/reopen`, (call) => move(call, "assigned", personOf(call.who), "assigned")),
  route("POST", `${at}/invite`, changing((call, row) => ({ invited: [...row.invited, personWith(call, call.body["agent_id"])] }), "invited")),
  route("POST", `${at}/leave`, changing((call, row) => ({ invited: row.invited.filter((one) => one.id !== call.who.id) }), "left")),
  route("POST", `${at}/listen`, rowOf, "session.listen"),
  route("POST", `${at}/snooze`, changing((call) => ({ snoozed_until: call.body["until"] ?? null }), "snoozed")),
  route("POST", `${at}/labels`, changing(labels, "labelled")),
  route("POST", `${at}/priority`, changing((call) => ({ priority: call.body["priority"] }))),
  route("POST", `${at}/read`, (call) => {
    changing(() => ({ unread: 0 }))(call);
    return new Reply(204);
  }),
  route("POST", `${at}/unread`, changing(() => ({ unread: 1 }))),
  route("POST", `${at}/recall`, (call) => {
    const row = rowOf(call);
    const item = call.state.items(row).find((one) => one.seq === call.body["seq"]);
    if (!item) throw missing("message");
    Object.assign(item, { is_recalled: true });
    call.live.tellItems(row, [item]);
    return row;
  }),
  route("POST", `${at}/block`, changing(() => ({}), "blocked"), "customer.block"),
  route("POST", `${at}/rating_invitation`, rowOf),
  route("GET", `${at}/draft`, (call) => draftOf(call)),
  route("PUT", `${at}/draft`, (call) => {
    const draft = { text: call.body["text"], mode: call.body["mode"] ?? "reply", reply_to: call.body["reply_to"] ?? null, version: draftOf(call).version + 1, changed_at: new Date().toISOString() };
    call.state.drafts.set(`${call.who.id} ${call.params["id"]}`, draft);
    call.state.change(rowOf(call), { has_draft: Boolean(draft.text) });
    return draftOf(call);
  }),
  route("DELETE", `${at}/draft`, (call) => {
    call.state.drafts.delete(`${call.who.id} ${call.params["id"]}`);
    call.state.change(rowOf(call), { has_draft: false });
    return new Reply(204);
  }),
  route("GET", `${at}/export`, (call) => ({ conversation: rowOf(call), items: call.state.items(rowOf(call)) }), "export"),
  route("POST", "/deliveries/:id/send-again", () => new Reply(204)),
  route("GET", "/customers/:id", (call) => {
    const row = call.state.rows.find((one) => one.customer.id === call.params["id"]);
    if (!row) throw missing("customer");
    const { id, is_blocked: _, tier: __, ...rest } = customerOf(row);
    return { customer_id: id, ...rest };
  }, "customer.read"),
  route("POST", `${at}/tags`, retag, "customer.tag"),
  route("GET", "/customer-tags", tagsInUse, "customer.read"),
  route("GET", "/customers/:id/visits", (call) => ({
    visits: [1, 2, 3, 4].map((one) => ({
      visit_id: `v${one}`,
      begun_at: call.state.now / 1000 - one * 120,
      seen_at: call.state.now / 1000 - one * 120 + one * 21,
      duration: one * 21,
      title: ["订单详情", "羊毛围巾", "双十一会场", "首页"][one - 1],
      url: `https://shop.example/p/${one}`,
    })),
  }), "customer.read"),
  route("GET", "/customers/:id/notes", (call) => ({ items: call.state.notes.get(call.params["id"]!) ?? [], next: null }), "customer.read"),
  route("POST", "/customers/:id/notes", (call) => {
    const note = { id: call.state.newId("n"), customer_id: call.params["id"], text: call.body["text"], author: call.who.id, author_name: call.who.display_name, may_edit: true, may_remove: true, version: 1, created_at: new Date().toISOString(), changed_at: new Date().toISOString() };
    call.state.notes.set(call.params["id"]!, [note, ...(call.state.notes.get(call.params["id"]!) ?? [])]);
    return new Reply(201, note);
  }, "customer.read"),
  route("PUT", "/customers/:id/notes/:note", (call) => {
    const notes = call.state.notes.get(call.params["id"]!) ?? [];
    const before = notes.find((one) => one["id"] === call.params["note"]);
    if (!before) throw missing("note");
    Object.assign(before, { text: call.body["text"], version: Number(before["version"]) + 1 });
    return before;
  }, "customer.read"),
  route("DELETE", "/customers/:id/notes/:note", (call) => {
    const notes = call.state.notes.get(call.params["id"]!) ?? [];
    call.state.notes.set(call.params["id"]!, notes.filter((one) => one["id"] !== call.params["note"]));
    return new Reply(204);
  }, "customer.read"),
  route("GET", "/customers/:id/merges", () => ({ merges: [] }), "customer.merge"),
  route("POST", "/customers/:id/merge", () => new Reply(204), "customer.merge"),
  route("GET", "/reviews", (call) => {
    const isOpen = (call.query.get("state") ?? "open") === "open";
    return paged(call.state.reviews.filter((one) => (one.state === "open") === isOpen), call.query);
  }, "review.decide"),
  route("POST", "/reviews/:id/claim", claimReview, "review.decide"),
  route("POST", "/reviews/:id/decide", decide, "review.decide"),
  route("GET", "/board", (call) => call.state.board(), "board.read"),
  route("GET", "/search", (call) => {
    check(call.who, "search");
    return search(call);
  }),
];

function draftOf(call: Call): { conversation_id: string; text: string; mode: string; reply_to: number | null; version: number; changed_at: string | null } {
  const known = call.state.drafts.get(`${call.who.id} ${call.params["id"]}`);
  return { conversation_id: call.params["id"]!, ...(known ?? { text: "", mode: "reply", reply_to: null, version: 0, changed_at: null }) };
}
