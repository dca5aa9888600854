/** Who is signed in, and what they may do. */

import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { http } from "../api/http.ts";
import * as own from "../api/own.ts";
import { Problem } from "../api/problem.ts";
import type { Me, Permission } from "../api/types.ts";
import { allows } from "./allows.ts";

export const useMe = defineStore("me", () => {
  const me = shallowRef<Me | null>(null);
  const isKnown = ref(false);
  const held = computed(() => new Set(me.value?.permissions));
  const agent = computed(() => me.value?.agent ?? null);
  const id = computed(() => me.value?.agent.id ?? "");

  function take(next: Me | null): void {
    me.value = next;
    isKnown.value = true;
    http.csrf = next?.csrf ?? "";
  }

  /** Ask who is signed in; nobody is no error. */
  async function load(signal?: AbortSignal): Promise<Me | null> {
    try {
      take(await own.me({ signal }));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      take(null);
    }
    return me.value;
  }

  async function signIn(login: string, password: string): Promise<void> {
    take(await own.signIn(login, password));
  }

  async function signOut(): Promise<void> {
    await own.signOut();
    take(null);
  }

  const may = (permission: Permission): boolean => allows(held.value, permission);

  http.renew = async () => (await load())?.csrf ?? "";

  return { me, agent, id, isKnown, take, load, signIn, signOut, may };
});
