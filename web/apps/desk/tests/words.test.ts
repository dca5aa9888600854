import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { fill } from "../src/i18n/index.ts";
import { words as englishDaily } from "../src/i18n/locales/en/index.ts";
import { words as englishOffice } from "../src/i18n/locales/en/office.ts";
import { words as chineseDaily } from "../src/i18n/locales/zh-CN/index.ts";
import { words as chineseOffice } from "../src/i18n/locales/zh-CN/office.ts";

const SRC = resolve(import.meta.dirname, "../src");

/** Put together from what the server says; each family is looked up by its beginning. */
const BUILT = /`([a-z_]+\.[a-z_.]*)\$\{/g;

const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();

const chinese = { ...chineseDaily, ...chineseOffice };
const english = { ...englishDaily, ...englishOffice };

/** The text of all files below a folder of the source, but for the words themselves. */
const sourceOf = (folder: string): string =>
  readdirSync(join(SRC, folder), { recursive: true, encoding: "utf-8" })
    .filter((name) => /\.(ts|vue)$/.test(name) && !name.includes("locales"))
    .map((name) => readFileSync(join(SRC, folder, name), "utf-8"))
    .join("\n");

describe("the words", () => {
  it("are there in every language, with the same names to fill in", () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    const other = english as Readonly<Record<string, string>>;
    for (const [key, text] of Object.entries(chinese)) {
      expect([key, [...new Set(names(other[key]!))]]).toEqual([key, [...new Set(names(text))]]);
    }
  });

  it("are all said somewhere", () => {
    const source = sourceOf(".");
    const families = [...new Set([...source.matchAll(BUILT)].map(([, family]) => family!))];
    const unsaid = Object.keys(chinese).filter(
      (key) => !source.includes(`"${key}"`) && !source.includes(`'${key}'`) && !families.some((one) => key.startsWith(one)),
    );
    expect(unsaid).toEqual([]);
  });

  it("of every day are all that the inbox and the frame say", () => {
    const office = Object.keys(chineseOffice).filter((key) => !(key in chineseDaily));
    const daily = ["inbox", "thread", "context", "composer", "reviews", "search", "shell", "login", "commands"];
    const said = daily.map(sourceOf).join("\n");
    expect(office.filter((key) => said.includes(`"${key}"`) || said.includes(`'${key}'`))).toEqual([]);
    expect(Object.keys(chineseOffice).filter((key) => key in chineseDaily)).toEqual([]);
  });

  it("choose between one and many", () => {
    expect(fill("one agent | {n} agents", { n: 1 })).toBe("one agent");
    expect(fill("one agent | {n} agents", { n: 3 })).toBe("3 agents");
    expect(fill("{who} 说 {what}", { who: "{what}" })).toBe("{what} 说 {what}");
  });
});
