/** Who is there, and how one is oneself. */

import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { http } from "../api/http.ts";
import { declare } from "../api/own.ts";
import type { Presence, Status } from "../api/types.ts";
import { live } from "../live/index.ts";
import { useMe } from "./me.ts";

export const usePresence = defineStore("presence", () => {
  const me = useMe();
  const all = ref<ReadonlyMap<string, Presence>>(new Map());
  const own = computed(() => all.value.get(me.id) ?? null);
  const status = computed<Status>(() => own.value?.status ?? "offline");

  function take(presence: Presence): void {
    all.value = new Map(all.value).set(presence.agent.id, presence);
  }

  async function load(signal?: AbortSignal): Promise<void> {
    const { items } = await http.get<{ items: Presence[] }>("/presence", { signal });
    all.value = new Map(items.map((one) => [one.agent.id, one]));
  }

  async function say(next: Status, reason = ""): Promise<void> {
    take(await declare(next, reason));
  }

  live.on("welcome", ({ presence }) => take(presence));
  live.on("presence", ({ presence }) => take(presence));

  return { all, own, status, load, say, take };
});
