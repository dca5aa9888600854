/** The mock's inbox of trainers; it forgets what was decided as soon as it is loaded again, and filters by text alone. */

import { Refusal, Reply, route, type Call, type Route } from "./answering.ts";

const NEEDS = "training.edit";
const INTENTS = ["ask_invoice", "track_logistics", "change_address"];

const groupsOf = (call: Call) => [
  {
    id: "3f2a81c0",
    count: 42,
    last_at: new Date(call.state.now - 3_600_000).toISOString(),
    lowest_confidence: 0.31,
    why: { unsure: 40, edited: 2 },
    channels: { wechat: 30, web: 12 },
    is_new: false,
    suggestions: [
      { intent: "change_address", confidence: 0.46 },
      { intent: "track_logistics", confidence: 0.21 },
    ],
    texts: [
      { id: "3f2a81c0d1e2f3a4", text: "怎么改收货地址啊", example: "怎么改收货地址啊", count: 39, warnings: [] },
      { id: "0b1c2d3e4f5a6b7c", text: "订单602600000042换个地址", example: "订单[602600000042](order_no)换个地址", count: 3, warnings: ["name"] },
    ],
  },
  {
    id: "c51dd146",
    count: 3,
    last_at: new Date(call.state.now - 86_400_000).toISOString(),
    lowest_confidence: 0.12,
    why: { not_understood: 3 },
    channels: { web: 3 },
    is_new: true,
    suggestions: [{ intent: "ask_invoice", confidence: 0.2 }],
    texts: [{ id: "c51dd1460a1b2c3d", text: "你们招聘客服吗", example: "你们招聘客服吗", count: 3, warnings: [] }],
  },
];

function inbox(call: Call): unknown {
  const text = call.query.get("text") ?? "";
  const groups = groupsOf(call).filter((group) => group.texts.some((one) => one.text.includes(text)));
  const messages = groups.reduce((total, group) => total + group.count, 0);
  return {
    groups,
    messages,
    more: 0,
    understood: 7,
    below: 0.7,
    intents: INTENTS,
    channels: ["web", "wechat"],
    is_watching: false,
    is_writable: true,
    is_cut: false,
  };
}

function accept(call: Call): unknown {
  const { intent, is_new, examples } = call.body as { intent: string; is_new: boolean; examples: string[] };
  if (examples.some((one) => /1[3-9]\d{9}/.test(one))) throw new Refusal(409, "not-written", "'13812345678' may be somebody's own");
  const placed = examples.map((example, at) => ({ example, file: "data/nlu/orders.yml", line: 48 + at }));
  return { intent, is_new, placed, news: null };
}

export const TRAINING: readonly Route[] = [
  route("GET", "/training/inbox", inbox, NEEDS),
  route("POST", "/training/inbox/:id/accept", accept, NEEDS),
  route("POST", "/training/inbox/:id/dismiss", () => new Reply(204), NEEDS),
  route("POST", "/training/inbox/:id/later", () => new Reply(204), NEEDS),
  route("POST", "/training/inbox/:id/undo", () => ({ texts: [], files: [] }), NEEDS),
];
