import { afterEach, describe, expect, it } from "vitest";
import { Problem } from "../src/api/problem.ts";
import { setLanguage } from "../src/i18n/index.ts";
import { explain, explainShort } from "../src/ui/explain.ts";

const refused = (problem: string, details = {}, status = 400): Problem =>
  new Problem(status, problem, "name has 1 to 64 characters", details);

globalThis.document ??= { documentElement: {} } as unknown as Document;
afterEach(() => setLanguage("zh-CN"));

describe("what the server refuses is said in the language of the screen", () => {
  it("with its reason, where that has a name", async () => {
    const error = refused("bad-field", { why: "length", least: 1, most: 64 });
    await setLanguage("zh-CN");
    expect(explainShort(error)).toBe("内容有误：长度应为 1 到 64 个字符。");
    await setLanguage("en");
    expect(explainShort(error)).toBe("Something is not right: It has 1 to 64 characters.");
  });

  it("without one in Chinese where it has none, and with the server's words in English", async () => {
    await setLanguage("zh-CN");
    expect(explainShort(refused("bad-field"))).toBe("内容有误。");
    expect(explainShort(refused("bad-field", { why: "newer-than-this" }))).toBe("内容有误。");
    await setLanguage("en");
    expect(explainShort(refused("bad-field"))).toBe("Something is not right: name has 1 to 64 characters");
  });

  it("never in English on a Chinese screen, whatever it is", async () => {
    await setLanguage("zh-CN");
    for (const status of [400, 404, 409, 413, 422, 500]) {
      const { title, text } = explain(refused("never-heard-of", {}, status));
      expect(`${title}${text}`).not.toMatch(/[a-z]/i);
      expect(title).not.toBe("");
    }
  });

  it("and what stands in a reason stays text", async () => {
    await setLanguage("zh-CN");
    const error = refused("bad-query", { why: "speaker", value: "{why}<b>" });
    expect(explainShort(error)).toBe("搜索条件有误：“from:{why}<b>”：发言人可以是 客户、机器人、客服、备注。");
  });
});
