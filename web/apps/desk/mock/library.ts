/** The mock's canned replies, words, codes, labels, hours and settings. */

import type { Canned, Code, DeskSettings, Hours, Label, Word } from "../src/api/library.ts";
import { groupId } from "./people.ts";

const canned = (
  id: number,
  folder: string,
  title: string,
  shortcut: string,
  text: string,
  scope: Canned["scope"] = "shared",
): Canned => ({
  id: `c${id}`,
  folder,
  title,
  shortcut,
  text,
  scope,
  group: scope === "group" ? groupId("g1") : "",
  language: "zh",
  position: id,
  variables: [...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name!),
  uses: (id * 37) % 120,
  used_at: null,
  may_edit: true,
  version: 1,
  changed_at: "2026-11-20T08:00:00Z",
});

export const makeCanned = (): Canned[] => [
  canned(1, "问候", "开场白", "hi", "{{customer.name|亲}}，您好！我是{{agent.name}}，很高兴为您服务。"),
  canned(2, "问候", "请稍等", "wait", "请稍等，我马上为您查询。"),
  canned(3, "售后/退款", "退款时效", "tk", "您的退款已提交，将在 1–3 个工作日内原路退回。"),
  canned(4, "售后/退款", "退款需要订单号", "ddh", "麻烦提供一下订单号 {{order_no|（在“我的订单”里可以看到）}}，谢谢。"),
  canned(5, "售后/换货", "换货流程", "hh", "换货请在订单页点“申请售后”，选择换货原因后寄回即可。"),
  canned(6, "物流", "催单", "cd", "已为您联系快递加急，单号 {{order.tracking|稍后提供}}。", "group"),
  canned(7, "", "结束语", "bye", "感谢您的咨询，祝您生活愉快！"),
  canned(8, "", "我的签名", "me", "有任何问题随时找我哦。", "personal"),
  canned(9, "", "<img src=x onerror=window.hacked=1>", "xss", '<img src=x onerror="window.hacked=1">{{customer.name}}', "personal"),
];

export const makeWords = (): Word[] =>
  (
    [
      ["加微信", "block", "agent", "私下联系"],
      ["私下转账", "block", "both", "私下联系"],
      ["绝对保证", "warn", "agent", "承诺"],
      ["最便宜", "warn", "agent", "承诺"],
      ["傻", "mask", "customer", "辱骂"],
      ["骗子", "warn", "customer", "辱骂"],
    ] as const
  ).map(([word, action, side, category], at) => ({ id: `w${at}`, word, action, side, category, version: 1 }));

const code = (id: string, name: string, parent: string, position: number, is_active = true): Code => ({
  id,
  name,
  parent,
  position,
  is_active,
  description: "",
  version: 1,
});

export const makeCodes = (): Code[] => [
  code("k1", "售后", "", 0),
  code("k11", "退款", "k1", 0),
  code("k111", "质量问题", "k11", 0),
  code("k112", "七天无理由", "k11", 1),
  code("k12", "换货", "k1", 1),
  code("k2", "物流", "", 1),
  code("k21", "催发货", "k2", 0),
  code("k22", "丢件", "k2", 1),
  code("k3", "商品咨询", "", 2),
  code("k4", "旧的分类", "", 3, false),
];

export const makeLabels = (): Label[] =>
  (
    [
      ["lb1", "重要客户", "orange"],
      ["lb2", "待跟进", "blue"],
      ["lb3", "投诉", "red"],
      ["lb4", "已补偿", "green"],
    ] as const
  ).map(([id, name, color], position) => ({ id, name, color, description: "", position, version: 1 }));

export const makeHours = (): Map<string, Hours> =>
  new Map([
    [
      "default",
      {
        group: "default",
        hours: {
          timezone: "Asia/Shanghai",
          weekly: {
            mon: ["09:00-12:00", "13:30-18:00"],
            tue: ["09:00-12:00", "13:30-18:00"],
            wed: ["09:00-12:00", "13:30-18:00"],
            thu: ["09:00-12:00", "13:30-18:00"],
            fri: ["09:00-12:00", "13:30-18:00"],
            sat: ["10:00-16:00"],
          },
          holidays: [
            { date: "2027-02-05", to: "2027-02-11", name: "春节", closed: true },
            { date: "2027-02-14", name: "春节调休", open: ["09:00-18:00"] },
          ],
        },
        is_inherited: false,
        version: 1,
        is_open: true,
        next_change: null,
      },
    ],
  ]);

export const SETTINGS: DeskSettings = {
  csat: true,
  nps: false,
  rating_hours: 24,
  typing_preview: false,
  unanswered_seconds: 180,
  gone_seconds: 60,
  overflow_seconds: 300,
  quiet_minutes: 0,
  needs_wrap_up: false,
  show_position: true,
  show_wait: true,
  leave_message: true,
};
