import { describe, expect, it } from "vitest";
import { imageAddress, linked, webAddress } from "../src/thread/model/addresses.ts";
import { choicesOf, contentOf, contentsOf, isStandIn, leftBy } from "../src/thread/model/contents.ts";

const BASE = "https://desk.example/desk/";

describe("addresses", () => {
  it.each([
    ["javascript:alert(1)", ""],
    ["JaVaScRiPt:alert(1)", ""],
    ["data:text/html,<script>", ""],
    ["/files/1", "https://desk.example/files/1"],
    ["https://a.example/x?y=1", "https://a.example/x?y=1"],
    ["", ""],
  ])("%j leads to %j", (address, href) => expect(webAddress(address, BASE)).toBe(href));

  it("pictures may stand in them, other data not", () => {
    expect(imageAddress("data:image/png;base64,AAAA", BASE)).toBe("data:image/png;base64,AAAA");
    expect(imageAddress("data:image/svg+xml;base64,AAAA", BASE)).toBe("");
  });

  it("are found in texts without what is written around them", () => {
    const text = "看 https://a.example/x，或者(https://b.example/y).";
    expect(linked(text).filter((piece) => piece.href).map((piece) => piece.text)).toEqual([
      "https://a.example/x",
      "https://b.example/y",
    ]);
    expect(linked(text).map((piece) => piece.text).join("")).toBe(text);
  });
});

describe("contents", () => {
  it("are read with what is missing or of the wrong kind", () => {
    expect(contentOf({ type: "image" })).toEqual({ type: "image", url: "", name: "" });
    expect(contentOf({ type: "voice", url: "u", seconds: "4", recognition: 7 })).toEqual({
      type: "voice",
      url: "u",
      seconds: 4,
      recognition: "7",
    });
    expect(contentOf({ type: "menu", choices: "x" })).toMatchObject({ choices: [] });
    expect(contentOf({ type: "order_card", order_id: 1001, items: ["耳机", { title: "线" }, null] })).toMatchObject({
      kind: "order",
      card: { number: "1001", items: ["耳机", "线"] },
    });
  });

  it("of kinds that are not known are shown as they came", () => {
    expect(contentOf({ type: "new_thing", a: 1 })).toMatchObject({ type: "other", name: "new_thing" });
  });

  it("stand together with the picture and the elements of a reply", () => {
    const all = contentsOf({ image: "i.png", elements: [{ title: "A", subtitle: "b", image_url: "c.png" }] });
    expect(all.map((one) => one.type)).toEqual(["image", "card"]);
    expect(all[1]).toMatchObject({ card: { title: "A", description: "b", image: "c.png" } });
  });

  it("of the project's own are shown as they came, and messages that were left say how to reach whom", () => {
    expect(contentsOf({ data: { custom: { type: "coupon", value: 10 } } })).toMatchObject([{ type: "other", name: "coupon" }]);
    expect(leftBy({ data: { left: { name: "沈", contact: "138", text: 7 } } })).toBe("沈 · 138");
    expect(leftBy({})).toBe("");
  });

  it("make their stand-in text needless", () => {
    expect(isStandIn({ text: "[图片]", content: { type: "image" } })).toBe(true);
    expect(isStandIn({ text: "我要退货", content: { type: "voice", recognition: "我要退货" } })).toBe(true);
    expect(isStandIn({ text: "这个坏了", content: { type: "image" } })).toBe(false);
    expect(isStandIn({ text: "[图片]" })).toBe(false);
  });

  it("have choices with a title each; one with a payload does not lead anywhere", () => {
    expect(
      choicesOf({
        buttons: [{ title: "耳机", payload: "/x", url: "https://a" }, { title: "全部", type: "web_url", url: "https://b" }],
        quick_replies: [{ payload: "好" }, {}],
      }),
    ).toEqual([
      { title: "耳机", url: "" },
      { title: "全部", url: "https://b" },
      { title: "好", url: "" },
    ]);
  });
});
