/** What went wrong, in words for people. */

import { Problem, SignedOut, Unreachable } from "../api/problem.ts";
import { fill, language, t, tMaybe, type Values } from "../i18n/index.ts";

export interface Explained {
  readonly kind: "offline" | "forbidden" | "missing" | "conflict" | "busy" | "fault";
  readonly title: string;
  readonly text: string;
}

export function explain(error: unknown): Explained {
  if (error instanceof Unreachable) {
    return { kind: "offline", title: t("error.offline"), text: t("error.offline_text") };
  }
  if (error instanceof SignedOut) return { kind: "forbidden", title: t("error.signed_out"), text: "" };
  if (!(error instanceof Problem)) {
    return { kind: "fault", title: t("error.fault"), text: t("error.fault_text") };
  }
  // Of too many requests the time to wait is what counts.
  const known = error.status === 429 ? "" : tMaybe(`problem.${error.problem}`, "");
  return { ...byStatus(error), ...(known ? { text: withWhy(known, whyOf(error)) } : {}) };
}

/** Why it is refused, in the language of the screen; empty: that is not known in it. */
function whyOf(error: Problem): string {
  const { why, ...values } = error.details;
  const said = typeof why === "string" ? tMaybe(`why.${why}`, "", values as Values) : "";
  // The server itself speaks English.
  return said || (language.value === "en" ? error.detail : "");
}

/** Put it into a text; one that asks for what is not known ends before it. */
function withWhy(text: string, why: string): string {
  if (why) return fill(text, { why });
  return text.replace(/[：:] ?\{why\}$/, language.value === "en" ? "." : "。");
}

/** One line, for a toast or below a form. */
export function explainShort(error: unknown): string {
  const { title, text } = explain(error);
  return text || title;
}

function byStatus(error: Problem): Explained {
  const text = language.value === "en" ? error.detail : "";
  switch (error.status) {
    case 403:
      return { kind: "forbidden", title: t("error.forbidden"), text: t("error.forbidden_text") };
    case 404:
      return { kind: "missing", title: t("error.missing"), text: t("error.missing_text") };
    case 409:
      return { kind: "conflict", title: t("error.conflict"), text };
    case 429:
      return {
        kind: "busy",
        title: t("error.too_many"),
        text: t("error.too_many_text", { n: error.retryAfter ?? 1 }),
      };
    case 502:
    case 503:
    case 504:
      return { kind: "busy", title: t("error.busy"), text: t("error.busy_text") };
    default:
      // What a server says of its own faults is for those who keep it.
      return { kind: "fault", title: t("error.fault"), text: error.status >= 500 ? t("error.busy_text") : text };
  }
}
