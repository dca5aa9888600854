import { beforeEach, expect, test, vi } from "vitest";
import { Outbox } from "../src/outbox";
import { Store } from "../src/store";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    key: (index: number) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
  });
});

const box = () => new Outbox(new Store("kefu."));
const message = (id: string) => ({ type: "message" as const, id, text: id });

test("messages leave in the order in which they were said", () => {
  const outbox = box();
  for (const id of ["b", "a", "c"]) outbox.add(message(id));
  expect(outbox.list().map(({ id }) => id)).toEqual(["b", "a", "c"]);
});

test("another tab sees them, and what one removes is gone for both", () => {
  const [one, other] = [box(), box()];
  one.add(message("a"));
  other.add(message("b"));
  other.remove("a");
  expect(one.list().map(({ id }) => id)).toEqual(["b"]);
});

test("the same message is kept once", () => {
  const outbox = box();
  outbox.add(message("a"));
  outbox.add(message("a"));
  expect(outbox.list()).toHaveLength(1);
});

test("what is broken is dropped and does not hold up the rest", () => {
  const outbox = box();
  kept.set("kefu.outbox.000000000000001.x", "{");
  outbox.add(message("a"));
  expect(outbox.first()?.id).toBe("a");
  expect([...kept.keys()]).toHaveLength(1);
});

test("where nothing may be kept, it is kept for this visit", () => {
  vi.unstubAllGlobals();
  const forbidden = () => {
    throw new Error("forbidden");
  };
  Object.defineProperty(globalThis, "localStorage", { get: forbidden, configurable: true });
  const outbox = box();
  outbox.add(message("a"));
  expect(outbox.first()?.id).toBe("a");
  expect(outbox.remove("a")).toBe(true);
  expect(outbox.first()).toBeUndefined();
});
