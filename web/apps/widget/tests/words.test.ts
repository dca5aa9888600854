import { expect, test } from "vitest";
import en from "../src/locales/en";
import hans from "../src/locales/zh-Hans";
import hant from "../src/locales/zh-Hant";
import { matching } from "../src/more/faq";
import { contrast } from "../src/ui/theme";
import { bytes, localeOf } from "../src/words";

test.each([
  [["zh-CN", "en"], "zh-Hans"],
  [["zh-TW"], "zh-Hant"],
  [["zh-Hant-HK"], "zh-Hant"],
  [["zh"], "zh-Hans"],
  [["fr-FR", "zh-TW"], "zh-Hant"],
  [["fr-FR"], "en"],
  [[], "en"],
])("the browser's %j is %s", (tags, locale) => {
  expect(localeOf(tags)).toBe(locale);
});

test("every language has every word, with the same places in it", () => {
  const places = (text: string) => (text.match(/\{\d\}/g) ?? []).sort().join("");
  for (const words of [en, hant]) {
    expect(Object.keys(words)).toEqual(Object.keys(hans));
    for (const [key, text] of Object.entries(hans)) {
      expect([key, places(words[key as keyof typeof hans])]).toEqual([key, places(text)]);
    }
  }
});

test("traditional Chinese has no simplified characters", () => {
  const simplified = /[们这为说时发会给过现样还进开关问动机实点应该记录线网络头图]/;
  // What asks for a person is said in the words that bots are trained on.
  const said = Object.entries(hant).filter(([key]) => key !== "humanText");
  expect(said.filter(([, text]) => simplified.test(text))).toEqual([]);
});

test.each([
  [300, "300 B"],
  [1536, "1.5 KB"],
  [5_242_880, "5 MB"],
])("%d bytes are %s", (size, text) => expect(bytes(size)).toBe(text));

test("contrast is what WCAG says", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 1);
});

test("a question is answered by the published one that is like it, and others by none", () => {
  const items = [
    { id: "a", question: "多久能发货？", answer: "一天" },
    { id: "b", question: "How do I return an item?", answer: "By post" },
  ];
  expect(matching(items, "多久发货呀")?.id).toBe("a");
  expect(matching(items, "how to return an item")?.id).toBe("b");
  expect(matching(items, "你好")).toBeUndefined();
});
