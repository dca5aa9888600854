import { describe, expect, it } from "vitest";
import { emojiRows } from "../emoji_data.ts";
import { foundEmoji, GROUPS, nextOf, readRecent, withRecent } from "../src/composer/model/emoji.ts";

const rows = emojiRows();
const first = (wanted: string): string | undefined => foundEmoji(rows, wanted)[0]?.[0];
const all = (wanted: string): string[] => foundEmoji(rows, wanted).map(([emoji]) => emoji);

describe("the emoji", () => {
  it("have a name in both languages, and each group has some", () => {
    expect(rows.length).toBeGreaterThan(1400);
    for (const [emoji, , zh, en] of rows) expect([emoji, zh !== "", en !== ""]).toEqual([emoji, true, true]);
    expect(new Set(rows.map(([, group]) => group))).toEqual(new Set(GROUPS));
    expect(new Set(rows.map(([emoji]) => emoji)).size).toBe(rows.length);
  });

  it("are no flags of countries", () => {
    expect(rows.filter(([emoji]) => /[\u{1F1E6}-\u{1F1FF}]/u.test(emoji))).toEqual([]);
  });
});

describe("an emoji is found", () => {
  it("by one Chinese character, inside a name too", () => {
    expect(all("花")).toContain("🌹");
    expect(all("猫")).toContain("🐱");
    expect(all("脸")).toContain("😀");
  });

  it("by its name in either language, the one that is called so first", () => {
    expect(first("玫瑰")).toBe("🌹");
    expect(first("Rose")).toBe("🌹");
    expect(first("thumbs up")).toBe("👍️");
    expect(all("谢谢")).toContain("🙏");
  });

  it("by Latin words from their beginning only", () => {
    expect(all("rocket")).toContain("🚀");
    expect(all("ocket")).toEqual([]);
    expect(all("red hea")).toContain("❤️");
  });

  it("by nothing that is not there", () => {
    expect(all("  ")).toEqual([]);
    expect(all("没有这个")).toEqual([]);
  });
});

describe("what was chosen lately", () => {
  it("stands first, once, and not without end", () => {
    expect(withRecent(["a", "b", "c"], "b")).toEqual(["b", "a", "c"]);
    expect(withRecent(Array.from({ length: 40 }, (_, at) => `${at}`), "x")).toHaveLength(27);
  });

  it("is read from whatever was kept", () => {
    expect(readRecent(["😀", 3, "x".repeat(99)])).toEqual(["😀"]);
    expect(readRecent({ a: 1 })).toEqual([]);
  });
});

describe("the keys", () => {
  // Two lines of three, and one of two.
  const spots = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => ({ left: (at % 3) * 10, top: Math.floor(at / 3) * 10 }));

  it.each([
    [0, "ArrowRight", 1],
    [7, "ArrowRight", 7],
    [0, "ArrowLeft", 0],
    [1, "ArrowDown", 4],
    [5, "ArrowDown", 7],
    [7, "ArrowDown", 7],
    [7, "ArrowUp", 4],
    [1, "ArrowUp", 1],
    [3, "Home", 0],
    [3, "End", 7],
    [3, "a", null],
  ])("lead from %i by %s to %s", (at, pressed, next) => {
    expect(nextOf(spots, at, pressed)).toBe(next);
  });
});
