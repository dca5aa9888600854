/** How many conversations wait where. */

import { defineStore } from "pinia";
import { ref } from "vue";
import { http } from "../api/http.ts";
import type { Counts } from "../api/types.ts";
import { live } from "../live/index.ts";

export const NO_COUNTS: Counts = { mine: 0, mine_unread: 0, waiting: 0, review: 0, all_open: 0, snoozed: 0 };

export const useCounts = defineStore("counts", () => {
  const counts = ref<Counts>(NO_COUNTS);

  async function load(signal?: AbortSignal): Promise<void> {
    counts.value = await http.get<Counts>("/inbox/counts", { signal });
  }

  live.on("counts", (frame) => (counts.value = frame.counts));

  return { counts, load };
});
