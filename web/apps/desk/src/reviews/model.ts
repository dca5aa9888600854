/** The queue of drafts that wait for somebody to look at them. */

import type { Review } from "../api/types.ts";

/** Open ones by deadline; what was decided meanwhile stays until it is put away. */
export function taken(reviews: readonly Review[], review: Review): readonly Review[] {
  const known = reviews.some((one) => one.review_id === review.review_id);
  if (!known && review.state !== "open") return reviews;
  const next = known ? reviews.map((one) => (one.review_id === review.review_id ? review : one)) : [...reviews, review];
  return next.sort((one, other) => +new Date(one.deadline) - +new Date(other.deadline));
}

/** The one to look at after another one was decided. */
export function nextOpen(reviews: readonly Review[], after: string | null): Review | null {
  const open = reviews.filter((one) => one.state === "open" && one.review_id !== after);
  const at = reviews.findIndex((one) => one.review_id === after);
  return open.find((one) => reviews.indexOf(one) > at) ?? open[0] ?? null;
}

/** The colleague who looks at it, if one does; nobody says that they stopped: it just ends. */
export function lookedAtBy(review: Review, me: string, now: number): string {
  const { claimed_by: who, claimed_until: until, state } = review;
  return who && until && who.id !== me && state === "open" && +new Date(until) > now ? who.name : "";
}

/** What is left, in seconds; 0: it is over. */
export function secondsLeft(review: Review, now: number): number {
  return Math.max(0, Math.ceil((+new Date(review.deadline) - now) / 1000));
}

/** What the draft says; some drafts only show once the bot's action has run. */
export function draftText(review: Review): string {
  const text = review.draft?.["text"];
  return typeof text === "string" ? text : "";
}
