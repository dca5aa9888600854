import { describe, expect, it } from "vitest";
import { stepWords, type Names } from "../src/thread/model/steps.ts";

const names: Names = {
  group: (id) => id,
  label: (id) => id,
  agent: (id) => id,
  code: (id) => id,
  reason: (code) => code,
  time: String,
  length: String,
  list: (one) => one.join("、"),
  page: () => "",
};

describe("what is said along with a step", () => {
  const noteOf = (step: string, data: object): string => stepWords({ step, data: { ...data } }, names).note;

  it("is quoted once", () => {
    expect(noteOf("handed_over", { reason: "asked", detail: "“怎么退货 / 转人工”" })).toBe("怎么退货 / 转人工");
    expect(noteOf("handed_over", { reason: "asked", detail: "订单 1；“怎么退货”" })).toBe("订单 1；“怎么退货”");
  });

  it("is not said again where the line begins", () => {
    expect(noteOf("queued", { detail: "“怎么退货”" })).toBe("");
  });
});
