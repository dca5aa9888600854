/** What a message holds besides its text, read out of what channels and the bot put there. */

import type { Item } from "../../api/types.ts";

type Rough = Readonly<Record<string, unknown>>;

export interface Choice {
  readonly title: string;
  readonly url: string;
}

export type Content =
  | { readonly type: "image"; readonly url: string; readonly name: string }
  | { readonly type: "voice"; readonly url: string; readonly seconds: number | null; readonly recognition: string }
  | { readonly type: "video"; readonly url: string; readonly seconds: number | null; readonly thumbnail: string }
  | { readonly type: "file"; readonly url: string; readonly name: string; readonly size: number | null }
  | {
      readonly type: "location";
      readonly latitude: number;
      readonly longitude: number;
      readonly label: string;
      readonly address: string;
    }
  | { readonly type: "card"; readonly kind: "link" | "product" | "order"; readonly card: Card }
  | { readonly type: "menu"; readonly text: string; readonly choices: readonly Choice[]; readonly footer: string }
  | { readonly type: "rating_request"; readonly text: string; readonly scale: number }
  | { readonly type: "rating"; readonly score: number; readonly comment: string }
  /** Of a program, or of a newer server: shown as it came. */
  | { readonly type: "other"; readonly name: string; readonly json: string };

export interface Card {
  readonly title: string;
  readonly description: string;
  readonly image: string;
  readonly url: string;
  readonly price: string;
  readonly status: string;
  readonly number: string;
  readonly items: readonly string[];
}

/** Return everything that an item holds, in the order in which it is shown. */
export function contentsOf(item: Pick<Item, "content" | "image" | "elements" | "data">): readonly Content[] {
  const contents: Content[] = [];
  if (item.content) contents.push(contentOf(item.content));
  if (item.image) contents.push({ type: "image", url: item.image, name: "" });
  for (const element of item.elements ?? []) contents.push({ type: "card", kind: "link", card: elementCard(element) });
  const custom = item.data?.["custom"];
  if (!item.content && isRecord(custom)) contents.push(contentOf(custom));
  return contents;
}

/** How somebody who left a message can be reached, as they wrote it. */
export function leftBy(item: Pick<Item, "data">): string {
  const left = item.data?.["left"];
  if (!isRecord(left)) return "";
  return [left["name"], left["contact"]].map(asText).filter(Boolean).join(" · ");
}

/** Return the choices that the bot offered with a message. */
export function choicesOf(item: Pick<Item, "buttons" | "quick_replies">): readonly Choice[] {
  return [...(item.buttons ?? []), ...(item.quick_replies ?? [])].map(choiceOf).filter(({ title }) => title);
}

export function contentOf(rough: Rough): Content {
  switch (rough["type"]) {
    case "image":
      return { type: "image", url: text(rough, "url"), name: text(rough, "name") };
    case "voice":
      return {
        type: "voice",
        url: text(rough, "url"),
        seconds: number(rough, "seconds"),
        recognition: text(rough, "recognition"),
      };
    case "video":
      return {
        type: "video",
        url: text(rough, "url"),
        seconds: number(rough, "seconds"),
        thumbnail: text(rough, "thumbnail"),
      };
    case "file":
      return { type: "file", url: text(rough, "url"), name: text(rough, "name"), size: number(rough, "size") };
    case "location":
      return {
        type: "location",
        latitude: number(rough, "latitude") ?? 0,
        longitude: number(rough, "longitude") ?? 0,
        label: text(rough, "label"),
        address: text(rough, "address"),
      };
    case "link":
      return { type: "card", kind: "link", card: cardOf(rough) };
    case "product_card":
      return { type: "card", kind: "product", card: cardOf(rough) };
    case "order_card":
      return { type: "card", kind: "order", card: cardOf(rough) };
    case "menu":
      return {
        type: "menu",
        text: text(rough, "text"),
        choices: list(rough, "choices").map(choiceOf),
        footer: text(rough, "footer"),
      };
    case "rating_request":
      return { type: "rating_request", text: text(rough, "text"), scale: number(rough, "scale") ?? 5 };
    case "rating":
      return { type: "rating", score: number(rough, "score") ?? 0, comment: text(rough, "comment") };
    default:
      return { type: "other", name: text(rough, "type"), json: JSON.stringify(rough, null, 2) };
  }
}

/** Whether the text only says in words what the content shows, as `[图片]`. */
export function isStandIn(item: Pick<Item, "text" | "content">): boolean {
  if (!item.content || !item.text) return false;
  const words = item.text.trim();
  const content = contentOf(item.content);
  if (/^[[【][^\]】]{1,24}[\]】]/.test(words)) return true;
  return content.type === "voice" && words === content.recognition.trim();
}

function isRecord(value: unknown): value is Rough {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cardOf(rough: Rough): Card {
  return {
    title: text(rough, "title"),
    description: text(rough, "description"),
    image: text(rough, "image"),
    url: text(rough, "url"),
    price: text(rough, "price") || text(rough, "amount"),
    status: text(rough, "status"),
    number: text(rough, "order_id") || text(rough, "product_id"),
    items: (Array.isArray(rough["items"]) ? rough["items"] : []).map(asText).filter(Boolean),
  };
}

function elementCard(element: Rough): Card {
  return { ...cardOf(element), description: text(element, "subtitle"), image: text(element, "image_url") };
}

function choiceOf(rough: Rough): Choice {
  const url = rough["type"] === "web_url" || !rough["payload"] ? text(rough, "url") : "";
  return { title: text(rough, "title") || text(rough, "payload") || text(rough, "url"), url };
}

function text(rough: Rough, name: string): string {
  return asText(rough[name]);
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && value !== null) {
    const { title, name } = value as { title?: unknown; name?: unknown };
    return asText(title ?? name ?? "");
  }
  return "";
}

function number(rough: Rough, name: string): number | null {
  const value = typeof rough[name] === "string" ? Number(rough[name]) : rough[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function list(rough: Rough, name: string): readonly Rough[] {
  const value = rough[name];
  return Array.isArray(value) ? value.filter((one): one is Rough => typeof one === "object" && one !== null) : [];
}
