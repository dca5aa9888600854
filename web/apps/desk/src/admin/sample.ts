/** Variables of canned replies, with values to show what a text will look like. */

import { t } from "../i18n/index.ts";

export const VARIABLES = ["customer.name", "agent.name", "agent.staff_number", "order_no"] as const;

export interface Part {
  readonly text: string;
  readonly kind: "text" | "filled" | "missing";
}

const VARIABLE = /\{\{\s*([^\W\d][\w.-]{0,99}|[\p{L}_][\p{L}\p{N}_.-]{0,99})\s*(?:\|([^{}]*))?\}\}/gu;

/** Fill a text as the server does: a value, else what stands behind `|`, else the variable itself. */
export function fillSample(text: string, values: Readonly<Record<string, string>>): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(VARIABLE)) {
    const [whole, name, otherwise] = match;
    if (match.index > at) parts.push({ text: text.slice(at, match.index), kind: "text" });
    const value = values[name!] || otherwise?.trim();
    parts.push(value === undefined ? { text: whole, kind: "missing" } : { text: value, kind: "filled" });
    at = match.index + whole.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), kind: "text" });
  return parts.filter((part) => part.text);
}

export function sampleValues(agent: string, number: string): Record<string, string> {
  return {
    "customer.name": t("replies.sample_customer"),
    "agent.name": agent,
    "agent.staff_number": number,
    order_no: "20261128000142",
  };
}
