import { expect, test } from "vitest";
import { chosen, components, conversationOf, entityText, place, policy, ranking, slots, time, type Turn } from "../src/trace/view";

const turn = (more: Partial<Turn> = {}): Turn => ({
  text: "你好", intent: { name: "greet", confidence: 0.9 }, intent_ranking: [], answer: null, beside: null, sentiment: null, entities: [],
  decisions: [], slots: {}, changed_slots: [], active_loop: null, milliseconds: 12.4, understanding_milliseconds: null, components: [], ...more,
});
const origin = { kind: "rule", name: "寒暄", file: "data/rules.yml", line: 8, first_line: 7 };
const [zh, en] = [chosen("zh-Hant"), chosen("en-GB")];

test("unlikely intents are left out, but for the second", () => {
  const ranked = [0.97, 0.001, 0.02, 0.004].map((confidence, n) => ({ name: `i${n}`, confidence }));
  expect(ranking(turn({ intent_ranking: ranked })).map(({ name }) => name)).toEqual(["i0", "i1", "i2"]);
  expect(ranking(turn())).toEqual([{ name: "greet", confidence: 0.9 }]);
});

test("places are written as editors take them", () => {
  expect(place(origin)).toBe("data/rules.yml:7-8");
  expect(place({ ...origin, first_line: 0 })).toBe("data/rules.yml:8");
  expect(place({ ...origin, line: 0 })).toBe("data/rules.yml");
});

test("an action that nobody chose was asked for", () => {
  const decision = { action: "a", policy: null, confidence: null, rejected: false, milliseconds: 1, origins: [] };
  expect(policy(decision, zh)).toBe("被动作要求");
  expect(policy({ ...decision, policy: "RulePolicy", confidence: 1 }, en)).toBe("RulePolicy 1.00");
});

test("changed slots come first, emptied ones are shown as such", () => {
  const rows = slots(turn({ slots: { size: "M", a: [1], session_started_metadata: {} }, changed_slots: ["size", "gone"] }));
  expect(rows).toEqual([
    { name: "gone", value: "–", isNew: true },
    { name: "size", value: "M", isNew: true },
    { name: "a", value: "[1]", isNew: false },
  ]);
});

test("the slowest components come first, those that took no time are left out", () => {
  const took = [["CharTokenizer", 0.01], ["features", 1.04], ["DIETClassifier", 4.16]] as const;
  const parts = took.map(([name, milliseconds]) => ({ name, milliseconds }));
  expect(components(turn({ components: parts }), zh)).toEqual([
    { name: "DIETClassifier", value: "4.2 ms", share: 1 },
    { name: "特征", value: "1.0 ms", share: 0.25 },
  ]);
  expect(components(turn(), en)).toEqual([]);
});

test("entities, times and tokens", () => {
  expect(entityText({ entity: "city", value: "上海", role: "from" })).toBe("city = 上海 (from)");
  expect(time(turn(), en)).toBe("12 ms");
  expect(time(turn({ understanding_milliseconds: 2.25 }), zh)).toBe("用时 15 毫秒，其中理解 2.3 毫秒");
  expect(conversationOf("v1.abc-_x.sig")).toBe("web-abc-_x");
  expect(conversationOf(null)).toBeNull();
  expect(conversationOf("odd")).toBeNull();
});
