/** One conversation in which everything happens that can be shown in a thread. */

import type { Item, Person, Row } from "../src/api/types.ts";
import { groupId } from "./people.ts";
import { PICTURE } from "./picture.ts";

export const SHOWCASE = "web-c00001";

type Said = Omit<Item, "seq" | "at"> & { readonly wait?: number };

const SHOP = "https://shop.example";

function said(me: Person, other: Person, boss: Person): readonly Said[] {
  const bot = { action: "utter_answer", policy: "RulePolicy" };
  return [
    { kind: "step", step: "session_started" },
    { kind: "customer", text: "你好，我前天买的保温杯到了", intent: "greet", confidence: 0.97, channel: "wechat" },
    { kind: "customer", text: "盖子漏水", intent: "complain_quality", confidence: 0.62, channel: "wechat", wait: 20 },
    { kind: "bot", text: "很抱歉给您带来不便。请问是哪一个订单？", ...bot, confidence: 0.88, state: "read", buttons: [{ title: "保温杯 500ml", payload: "/choose" }, { title: "羊毛围巾", payload: "/choose" }, { title: "全部订单", type: "web_url", url: `${SHOP}/orders` }] },
    { kind: "customer", text: "保温杯 500ml", intent: "choose", confidence: 1 },
    { kind: "bot", ...bot, state: "read", content: { type: "order_card", order_id: "20261127000142", title: "保温杯 500ml ×2", status: "已签收", amount: "¥138.00", items: ["保温杯 500ml 米白 ×1", "保温杯 500ml 墨绿 ×1"], image: PICTURE, url: `${SHOP}/orders/142` } },
    { kind: "bot", ...bot, state: "read", content: { type: "menu", text: "请选择需要的帮助：", choices: [{ title: "退货" }, { title: "换货" }, { title: "维修" }], footer: "回复数字即可" } },
    { kind: "customer", text: "[图片]", content: { type: "image", url: PICTURE, name: "漏水.png" } },
    { kind: "customer", text: "拧紧了也漏，包都湿了", content: { type: "voice", url: "/desk/voice.mp3", seconds: 7, recognition: "拧紧了也漏，包都湿了" } },
    { kind: "step", step: "review_asked", data: { confidence: 0.74 } },
    { kind: "step", step: "review_decided", data: { decision: "edit", agent: boss } },
    { kind: "bot", text: "看起来是密封圈的问题，可以为您免费换一个新的杯盖。", ...bot, confidence: 0.74, state: "delivered" },
    { kind: "customer", text: "我要找人工！" , intent: "ask_human", confidence: 0.99 },
    { kind: "step", step: "handed_over", data: { reason: "asked" } },
    { kind: "step", step: "queued", data: { group_id: groupId("g1"), reason: "asked" } },
    { kind: "step", step: "assigned", data: { agent: me, how: "routing" } },
    { kind: "step", step: "entered", data: { agent: me } },
    { kind: "private", text: `客户情绪不太好，注意安抚。@${other.name} 帮忙看一下米白色杯盖还有没有货`, agent: me, mentions: [other.id] },
    { kind: "private", text: "有货，直接补寄就行", agent: other },
    { kind: "private", text: "可以顺便补偿一张 10 元券", agent: boss, is_whisper: true },
    { kind: "agent", text: "您好，我是小雨。已经看到您的照片了，是密封圈没有压好，给您补寄一个新杯盖可以吗？", agent: me, state: "read" },
    { kind: "agent", text: "运费我们承担，顺丰发出，预计后天到。\n物流可以在这里看：https://shop.example/track/SF1029。", agent: me, state: "read", wait: 30 },
    { kind: "customer", text: "可以，寄到这里", reply_to: 21 },
    { kind: "customer", text: "[位置]", content: { type: "location", latitude: 30.2741, longitude: 120.1551, label: "湖滨银泰 in77", address: "浙江省杭州市上城区东坡路 7 号" } },
    { kind: "agent", text: "", agent: me, state: "delivered", content: { type: "product_card", title: "保温杯杯盖（米白）", price: "¥0.00", image: PICTURE, url: `${SHOP}/p/9`, description: "适配 500ml / 750ml", product_id: "9" } },
    { kind: "agent", text: "", agent: me, state: "sent", content: { type: "file", url: "/desk/files/guarantee.pdf", name: "保修说明 2026 版.pdf", size: 284_320 } },
    { kind: "agent", text: "发错了，请忽略", agent: me, state: "sent", is_recalled: true },
    { kind: "customer", text: "", content: { type: "link", url: "https://v.example/watch", title: "别家杯子的开箱视频", description: "同价位怎么选", image: PICTURE } },
    { kind: "customer", text: "<script>alert(1)</script> 这个也是文字", channel: "wechat" },
    { kind: "step", step: "labelled", data: { agent: me, added: ["lb1"], removed: [] } },
    { kind: "step", step: "invited", data: { by: me, agent: other } },
    { kind: "agent", text: "我是仓库的陈志强，杯盖今天下午就能发出。", agent: other, state: "delivered" },
    { kind: "agent", text: "", agent: me, state: "delivered", content: { type: "rating_request", text: "请为本次服务打分", scale: 5 } },
    { kind: "customer", text: "", content: { type: "rating", score: 4, comment: "处理得挺快" } },
    { kind: "step", step: "rated", data: { score: 4, comment: "处理得挺快" } },
    { kind: "agent", text: "谢谢您！还有什么可以帮您？", agent: me, state: "failed", error: "45015：客户 48 小时内没有发过消息", delivery_id: "d37" },
    { kind: "agent", text: "杯盖已经发出，单号 SF1029384756。", agent: me, state: "held", delivery_id: "d38" },
    { kind: "customer", text: "好的谢谢，另外发票能开公司抬头吗？", channel: "wechat" },
    { kind: "customer", text: "税号我等下发给你", channel: "wechat", wait: 8 },
  ];
}

export const SHOWCASE_COUNT = said({ id: "", name: "", avatar: "" }, { id: "", name: "", avatar: "" }, { id: "", name: "", avatar: "" }).length;

export function makeShowcase(row: Row, me: Person, other: Person, boss: Person): Item[] {
  const all = said(me, other, boss);
  const end = +new Date(row.last!.at);
  const yesterday = end - 26 * 3_600_000;
  let at = yesterday;
  return all.map(({ wait, ...item }, place): Item => {
    // The first part was yesterday.
    at = place === 12 ? end - (all.length - 12) * 75_000 : at + (wait ?? 70) * 1000;
    const time = place === all.length - 1 ? end : Math.min(at, end - (all.length - place) * 1000);
    return { ...item, seq: place + 1, at: new Date(time).toISOString(), ...(item.kind === "step" ? {} : { id: `show${place + 1}` }) };
  });
}
