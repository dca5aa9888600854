/** Reviews on the screen, followed by the live line. */

import { defineStore } from "pinia";
import { ref, shallowRef, watch } from "vue";
import * as api from "../api/customers.ts";
import { isStopped, Problem, SignedOut } from "../api/problem.ts";
import type { Review } from "../api/types.ts";
import { live } from "../live/index.ts";
import { useMe } from "../stores/me.ts";
import { lookedAtBy, taken } from "./model.ts";

export const useReviews = defineStore("reviews", () => {
  const reviews = shallowRef<readonly Review[]>([]);
  const isLoaded = ref(false);
  const isLoading = ref(false);
  const error = shallowRef<unknown>(null);

  async function load(): Promise<void> {
    isLoading.value = true;
    error.value = null;
    try {
      const found: Review[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof api.reviews>> = await api.reviews("open", cursor);
        found.push(...page.items);
        cursor = page.next;
      } while (cursor && found.length < 500);
      reviews.value = found.sort((one, other) => +new Date(one.deadline) - +new Date(other.deadline));
      isLoaded.value = true;
    } catch (failure) {
      if (!isStopped(failure) && !(failure instanceof SignedOut)) error.value = failure;
    } finally {
      isLoading.value = false;
    }
  }

  const take = (review: Review): void => void (reviews.value = taken(reviews.value, review));
  const putAway = (id: string): void => void (reviews.value = reviews.value.filter((one) => one.review_id !== id));

  /** Decide; when somebody, or the clock, was faster, what they decided is taken, and thrown. */
  async function decide(id: string, body: api.Decision): Promise<Review> {
    try {
      const review = await api.decide(id, body);
      take(review);
      return review;
    } catch (failure) {
      const current = failure instanceof Problem ? failure.details["current"] : undefined;
      if (isReview(current)) take(current);
      else if (failure instanceof Problem && [404, 409].includes(failure.status)) await renew(id);
      throw failure;
    }
  }

  /** Say that one looks at it, unless a colleague does; the live line then tells everybody. */
  async function claim(review: Review): Promise<void> {
    if (review.state !== "open" || lookedAtBy(review, useMe().id, Date.now())) return;
    try {
      await api.claimReview(review.review_id);
    } catch {
      // A colleague was faster, or it is over: the live line brings that too.
    }
  }

  async function renew(id: string): Promise<void> {
    const before = reviews.value.find((one) => one.review_id === id);
    await load();
    // What is gone from the open ones was decided; how is not known here.
    if (before && !reviews.value.some((one) => one.review_id === id)) reviews.value = [...reviews.value, { ...before, state: "superseded" }];
  }

  watch(
    () => useMe().id,
    () => {
      reviews.value = [];
      isLoaded.value = false;
    },
  );
  live.on("review", ({ review }) => isLoaded.value && take(review));
  live.on("stale", () => isLoaded.value && void load());

  return { reviews, isLoaded, isLoading, error, load, take, putAway, claim, decide };
});

function isReview(value: unknown): value is Review {
  return typeof value === "object" && value !== null && "review_id" in value && "state" in value;
}
