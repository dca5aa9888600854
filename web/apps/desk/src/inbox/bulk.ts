/** Saying what came of something that was done to many at once. */

import type { BulkDone } from "../api/conversations.ts";
import { problemOfOne } from "../api/problem.ts";
import { t } from "../i18n/index.ts";
import { explainShort } from "../ui/explain.ts";
import { toast } from "../ui/toast.ts";

const MOST_REASONS = 2;

export function tellBulk({ done, failed }: BulkDone): void {
  if (!failed.length) return toast(t("bulk.done", { n: done.length }));
  const reasons = new Set(failed.map((one) => explainShort(problemOfOne(one.problem))));
  const why = [...reasons].slice(0, MOST_REASONS).join(" ");
  toast(t("bulk.failed", { done: done.length, failed: failed.length, why }), "bad");
}
