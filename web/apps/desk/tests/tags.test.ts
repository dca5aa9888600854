import { describe, expect, it } from "vitest";
import { cleanTag, hasTag, lengthOf, offered, speltAsInUse, tagKey } from "../src/context/tags.ts";

const IN_USE = [
  { tag: "VIP", customers: 9 },
  { tag: "vip 2", customers: 4 },
  { tag: "老客户", customers: 2 },
];

describe("tags of customers", () => {
  it("are kept as the server keeps them", () => {
    expect(cleanTag("  老 \u3000 客户\n")).toBe("老 客户");
    expect(cleanTag("ＶＩＰ")).toBe("VIP");
    expect(cleanTag(" \u3000 ")).toBe("");
    expect(tagKey(" ｖｉｐ")).toBe(tagKey("VIP"));
  });

  it("are counted in characters, not in halves of them", () => {
    expect(lengthOf("👍".repeat(40))).toBe(40);
    expect(lengthOf(" a ")).toBe(1);
  });

  it("are one however they are spelt", () => {
    expect(hasTag(["VIP"], "ｖip")).toBe(true);
    expect(hasTag(["VIP"], "vi")).toBe(false);
    expect(hasTag([], "")).toBe(false);
  });

  it("are offered where the words stand in them and they are not there yet", () => {
    const words = (typed: string, there: readonly string[] = []): string[] => offered(IN_USE, there, typed).map((one) => one.tag);
    expect(words("")).toEqual(["VIP", "vip 2", "老客户"]);
    expect(words("ｖIp")).toEqual(["VIP", "vip 2"]);
    expect(words("客")).toEqual(["老客户"]);
    expect(words("", ["vip"])).toEqual(["vip 2", "老客户"]);
    expect(words("x")).toEqual([]);
  });

  it("are spelt as colleagues spell them", () => {
    expect(speltAsInUse(IN_USE, "vip")).toBe("VIP");
    expect(speltAsInUse(IN_USE, " VIP  2 ")).toBe("vip 2");
    expect(speltAsInUse(IN_USE, " 新 ")).toBe("新");
    expect(speltAsInUse(IN_USE, "  ")).toBe("");
  });
});
