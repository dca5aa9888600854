/** Saying what came of something that was done to many at once. */

import type { BulkDone } from "../api/conversations.ts";
import { t } from "../i18n/index.ts";
import { toast } from "../ui/toast.ts";

export function tellBulk({ done, failed }: BulkDone): void {
  if (!failed.length) return toast(t("bulk.done", { n: done.length }));
  const why = [...new Set(failed.map((one) => detailOf(one.problem)).filter(Boolean))].slice(0, 2).join(" · ");
  toast(t("bulk.failed", { done: done.length, failed: failed.length, why }), "bad");
}

function detailOf(problem: unknown): string {
  if (typeof problem === "string") return problem;
  const detail = typeof problem === "object" && problem !== null ? (problem as { detail?: unknown }).detail : "";
  return typeof detail === "string" ? detail : "";
}
