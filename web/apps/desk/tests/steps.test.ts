import { describe, expect, it } from "vitest";
import type { Item } from "../src/api/types.ts";
import { words as english } from "../src/i18n/locales/en/index.ts";
import { words as chinese } from "../src/i18n/locales/zh-CN/index.ts";
import { fill } from "../src/i18n/index.ts";
import { firstSeqFrom } from "../src/thread/model/seeking.ts";
import { STEP_NAMES, stepWords, type Names } from "../src/thread/model/steps.ts";

const names: Names = {
  group: (id) => (id ? `组${id}` : ""),
  label: (id) => `签${id}`,
  agent: (id) => (id ? `员${id}` : ""),
  code: (id) => (id ? `码${id}` : ""),
  reason: (code) => `因${code}`,
  time: (at) => new Date(at).toISOString(),
  length: (seconds) => `${seconds}s`,
  list: (all) => all.join("、"),
  page: (data) => String(data["url"] ?? ""),
};
type AnyWords = Readonly<Record<string, string>>;
const said = (step: string, data: Record<string, unknown> = {}, more: Partial<Item> = {}): string => {
  const words = stepWords({ step, data, ...more }, names);
  return fill((chinese as AnyWords)[words.key]!, words.values) + (words.note ? `“${words.note}”` : "");
};
const lin = { id: "1", name: "林", avatar: "" };
const he = { id: "2", name: "何", avatar: "" };

/** Of the contract, and of the notes that channels and the desk write. */
const CONTRACT =
  "handed_over queued requeued assigned transferred taken_over given_back closed snoozed woken labelled invited left entered rated ended merged blocked tagged paused resumed restarted review_asked review_decided recalled reopened prioritised withdrawn unmerged said_elsewhere viewed scanned service_state".split(
    " ",
  );

describe("steps in words", () => {
  it("are there for everything that can happen", () => {
    expect(CONTRACT.filter((step) => !STEP_NAMES.includes(step))).toEqual([]);
  });

  it("have nothing left to fill in, in both languages, whatever is missing in the data", () => {
    for (const step of [...STEP_NAMES, "something_new", ""]) {
      const words = stepWords({ step }, names);
      for (const language of [chinese, english] as AnyWords[]) expect(fill(language[words.key]!, words.values)).not.toMatch(/\{\w+\}/);
    }
  });

  it.each([
    ["handed_over", { reason: "asked" }, "转人工：因asked"],
    ["handed_over", { reason: { code: "negative", detail: "" } }, "转人工：因negative"],
    ["queued", { group_id: "7" }, "在“组7”排队"],
    ["requeued", { mark: "agent_gone" }, "坐席离线，重新排队"],
    ["assigned", { agent: lin, how: "claim" }, "林 接入了会话"],
    ["assigned", { agent: lin, by: he, text: "请接" }, "何 分配给 林“请接”"],
    ["transferred", { agent: lin, to: he, note: "懂日语" }, "林 转接给 何“懂日语”"],
    ["transferred", { agent: lin, to: { group_id: "3" } }, "林 转接给 组3"],
    ["transferred", { by: lin, group_id: "3" }, "林 转接给 组3"],
    ["taken_over", { agent: lin, before: "bot" }, "林 从机器人接管了会话"],
    ["taken_over", { agent: lin, before: he }, "林 从 何 接管了会话"],
    ["closed", { by: "idle" }, "长时间无人发言，会话自动结束"],
    ["closed", { agent: lin, by: "1", wrap_up: { code: "9", comment: "已退" } }, "林 结束了会话（码9）“已退”"],
    ["tagged", { agent: lin, added: ["VIP", "新"] }, "林 给客户打上标签 VIP、新"],
    ["tagged", { agent: lin, removed: ["新"] }, "林 去掉客户标签 新"],
    ["tagged", { agent: lin, added: ["VIP"], removed: ["新"] }, "林 给客户打上标签 VIP，去掉 新"],
    ["snoozed", { agent: lin, until: 0 }, "林 搁置到 1970-01-01T00:00:00.000Z"],
    ["snoozed", { agent: lin, until: "2026-11-29T04:00:00Z" }, "林 搁置到 2026-11-29T04:00:00.000Z"],
    ["labelled", { agent: lin, added: ["1", "2"], removed: [] }, "林 添加标签 签1、签2"],
    ["labelled", { agent: lin, add: [], remove: ["1"] }, "林 去掉标签 签1"],
    ["rated", { score: 4, comment: "好", nps: 9 }, "客户评价：4 分，推荐意愿 9“好”"],
    ["review_decided", { decision: "edit", agent: lin }, "林 修改了回复"],
    ["review_decided", { decision: "expire" }, "审核超时，按默认规则处理"],
    ["said_elsewhere", { agent: lin, text: "您好" }, "林 在平台客户端回复：您好"],
    ["something_new", {}, "something_new"],
    ["handed_over", { reason: "asked", detail: "“怎么退货 / 转人工”" }, "转人工：因asked“怎么退货 / 转人工”"],
    ["queued", { group_id: "7", detail: "“怎么退货”" }, "在“组7”排队"],
  ])("%s %j", (step, data, words) => expect(said(step, data)).toBe(words));

  it("take the agent of the entry where the data has none", () => {
    expect(said("taken_over", {}, { agent: he })).toBe("何 接管了会话");
  });
});

describe("finding a time by numbers", () => {
  const at = (seq: number): Item => ({ seq, at: new Date(seq * 1000).toISOString(), kind: "customer" });

  it.each([
    [0, 1],
    [2_500_000, 2500],
    [4_999_500, 5000],
    [9_000_000, 5001],
  ])("%d is at %d, with few questions", async (time, seq) => {
    let asked = 0;
    const found = await firstSeqFrom(time, 5000, async (place) => {
      asked += 1;
      return [place - 1, place, place + 1].filter((one) => one >= 1 && one <= 5000).map(at);
    });
    expect(found).toBe(seq);
    expect(asked).toBeLessThan(16);
  });

  it("where most numbers have no item", async () => {
    const items = [3, 90, 400, 950].map(at);
    const look = async (place: number): Promise<Item[]> => {
      const after = items.findIndex((item) => item.seq >= place);
      return after < 0 ? items.slice(-1) : items.slice(Math.max(0, after - 1), after + 1);
    };
    expect(await firstSeqFrom(100_000, 1000, look)).toBe(400);
    expect(await firstSeqFrom(1000, 1000, look)).toBeLessThanOrEqual(3);
    expect(await firstSeqFrom(951_000, 1000, look)).toBeGreaterThan(950);
  });
});
