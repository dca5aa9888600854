/** Names that many screens show: agents, groups, skills, labels. Fetched when first asked for. */

import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import * as library from "../api/library.ts";
import { all, agents as listAgents, named } from "../api/staff.ts";
import type { Agent, Named } from "../api/types.ts";
import { live } from "../live/index.ts";

const MOST = 200;

export const useReference = defineStore("reference", () => {
  const agents = shallowRef<readonly Agent[]>([]);
  const groups = shallowRef<readonly Named[]>([]);
  const skills = shallowRef<readonly Named[]>([]);
  const labels = shallowRef<readonly library.Label[]>([]);

  const loaders = {
    agents: async () => (agents.value = await all((cursor) => listAgents({ cursor, limit: MOST }))),
    groups: async () => (groups.value = await all((cursor) => named("groups", cursor))),
    skills: async () => (skills.value = await all((cursor) => named("skills", cursor))),
    labels: async () => (labels.value = await library.labelList.list()),
  };
  type Kind = keyof typeof loaders;
  const loading = new Map<Kind, Promise<unknown>>();

  /** Fetch what was not fetched yet. */
  async function need(...kinds: readonly Kind[]): Promise<void> {
    await Promise.all(
      kinds.map((kind) => {
        const known = loading.get(kind) ?? loaders[kind]();
        loading.set(kind, known);
        known.catch(() => loading.delete(kind));
        return known;
      }),
    );
  }

  /** Fetch again what was fetched: it changed. */
  async function renew(kind: Kind): Promise<void> {
    if (!loading.delete(kind)) return;
    await need(kind);
  }

  // Somebody who was not there when the list was fetched.
  live.on("presence", ({ presence }) => {
    if (!agents.value.some((one) => one.id === presence.agent.id)) renew("agents").catch(() => {});
  });
  live.on("library", ({ what }) => {
    if (what in loaders) renew(what as Kind).catch(() => {});
  });

  const byId = <T extends { readonly id: string }>(of: () => readonly T[]) =>
    computed(() => new Map(of().map((one) => [one.id, one])));

  return {
    agents,
    groups,
    skills,
    labels,
    agentsById: byId(() => agents.value),
    groupsById: byId(() => groups.value),
    skillsById: byId(() => skills.value),
    labelsById: byId(() => labels.value),
    need,
    renew,
  };
});
