/** The summary of a handover, read out of what the server folded from the log. */

type Rough = Readonly<Record<string, unknown>>;

export interface Summary {
  /** Code of the reason. */
  readonly reason: string;
  readonly detail: string;
  readonly asked: readonly string[];
  readonly slots: readonly { readonly name: string; readonly value: string }[];
  readonly tried: readonly { readonly words: string; readonly isFailure: boolean; readonly confidence: number | null }[];
  readonly intents: readonly { readonly name: string; readonly confidence: number | null }[];
  readonly orders: readonly string[];
  readonly cards: readonly Rough[];
  readonly lowest: number | null;
  readonly mood: string;
}

/** Return the summary; null: there is nothing in it. What is missing or strange is left out. */
export function readSummary(rough: unknown): Summary | null {
  const given = record(rough);
  if (!Object.keys(given).length) return null;
  const cards = list(given["order_cards"]).map(record);
  const one = record(given["order"]);
  return {
    reason: text(given["reason"]),
    detail: text(given["detail"]),
    asked: list(given["asked"]).map(text).filter(Boolean),
    slots: slotsOf(given["slots"]),
    tried: list(given["tried"]).map(record).map((tried) => ({
      words: text(tried["said"]) || text(tried["text"]) || text(tried["action"]),
      isFailure: tried["is_failure"] === true || tried["failed"] === true,
      confidence: number(tried["confidence"]),
    })),
    intents: list(given["intents"])
      .map(record)
      .map((intent) => ({ name: text(intent["intent"]) || text(intent["name"]), confidence: number(intent["confidence"]) }))
      .filter(({ name }) => name),
    orders: list(given["orders"]).map(text).filter(Boolean),
    cards: Object.keys(one).length ? [one] : cards.filter((card) => Object.keys(card).length).slice(0, 1),
    lowest: number(given["lowest_confidence"]),
    mood: text(given["mood"]) || "neutral",
  };
}

function slotsOf(value: unknown): Summary["slots"] {
  const pairs = Array.isArray(value)
    ? value.map(record).map((slot) => [text(slot["name"]), slot["value"]] as const)
    : Object.entries(record(value));
  return pairs.filter(([name]) => name).map(([name, it]) => ({ name, value: typeof it === "string" ? it : JSON.stringify(it) }));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Rough {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Rough) : {};
}
