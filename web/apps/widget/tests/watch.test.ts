import { expect, test } from "vitest";
import { chosen, lasts, type News, type State, viewOf } from "../src/watch/view";

const news = (kind: string, more: Partial<News> = {}): News => ({
  kind, files: [], problems: [], hidden: 0, model: "calm-otter", seconds: 0.44, text: "", ...more,
});
const state = (more: Partial<State>): State => ({
  number: 1, latest: news("watching"), trouble: null, trouble_of_actions: null, restart: [], ...more,
});
const problem = { place: "data/rules.yml:5:1", message: "no such response", advice: "add it" };
const [zh, en] = [chosen("zh-Hans"), chosen("de")];

test("nothing is shown while nothing happens", () => {
  expect(viewOf(state({}), zh, true)).toBeNull();
  expect(viewOf(state({ latest: news("exact") }), zh, false)).toBeNull();
});

test("a new model is told, for a while, and not to a page that was opened later", () => {
  const live = state({ latest: news("live") });
  const view = viewOf(live, zh, false)!;
  expect(view.title).toBe("已生效，用时 0.4 秒");
  expect(lasts(view)).toBe(false);
  expect(viewOf(live, en, false)!.title).toBe("Live after 0.4 s");
  expect(viewOf(live, zh, true)).toBeNull();
});

test("mistakes stay, also for a page that is opened later, with what goes on answering", () => {
  const trouble = news("invalid", { problems: [problem], hidden: 2 });
  for (const isFirst of [true, false]) {
    const view = viewOf(state({ latest: trouble, trouble }), en, isFirst)!;
    expect(view.title).toBe("Not trained: 3 mistakes in what was saved");
    expect(view.lines).toEqual([problem]);
    expect(view.foot).toBe("And 2 more: kefu data validate lists them. calm-otter goes on answering.");
    expect(lasts(view)).toBe(true);
  }
  expect(viewOf(state({ latest: news("actions"), trouble }), zh, false)!.look).toBe("wrong");
});

test("a training that failed says why", () => {
  const trouble = news("failed", { text: "No space left on device", model: "" });
  const view = viewOf(state({ latest: trouble, trouble }), zh, false)!;
  expect([view.lines[0]!.message, view.foot]).toEqual(["No space left on device", "现在没有模型可以回答。"]);
});

test("a mistake that is gone is told, what is being trained is, and what waits for a restart", () => {
  const right = news("unchanged", { text: "the files are right again" });
  expect(viewOf(state({ latest: right }), en, false)!.title).toMatch(/right again/);
  expect(viewOf(state({ latest: news("working", { files: ["domain.yml"] }) }), zh, false)!.title).toBe("正在训练：domain.yml");
  const waits = state({ latest: news("restart"), restart: ["endpoints.yml"] });
  expect(viewOf(waits, en, true)!.title).toBe("Needs a restart: endpoints.yml");
});

test("code of actions that cannot be loaded is told", () => {
  const wrong = news("actions failed", { text: "actions/a.py:1: invalid syntax" });
  expect(viewOf(state({ latest: wrong, trouble_of_actions: wrong }), zh, true)!.lines[0]!.message).toBe(wrong.text);
});
