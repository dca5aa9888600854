/** What a channel still lets through, and what follows for whoever writes. */

import type { Quota } from "../../api/conversations.ts";

export type QuotaState = "open" | "few" | "used_up" | "closed";

/** `closed`: the time is over; `used_up`: nothing more goes until the customer writes. */
export function quotaState(quota: Quota, now: number): QuotaState {
  if (quota.until !== null && +new Date(quota.until) <= now) return "closed";
  if (quota.left <= 0) return "used_up";
  return quota.left <= 1 && quota.of > 1 ? "few" : "open";
}
