/** Where the rail and the command bar lead. */

import { computed, type ComputedRef } from "vue";
import type { RouteLocationRaw } from "vue-router";
import type { Permission } from "../api/types.ts";
import type { Key } from "../i18n/index.ts";
import { useMe } from "../stores/me.ts";
import type { IconName } from "../ui/icons.ts";

export interface Place {
  readonly name: "inbox" | "review" | "customers" | "board" | "admin";
  readonly title: Key;
  readonly icon: IconName;
  readonly to: RouteLocationRaw;
  /** Any of these opens it. */
  readonly needs: readonly Permission[];
  readonly keys: string;
}

export const PLACES: readonly Place[] = [
  { name: "inbox", title: "rail.inbox", icon: "inbox", to: { name: "inbox" }, needs: ["session.read.mine"], keys: "g i" },
  {
    name: "review",
    title: "rail.review",
    icon: "review",
    to: { name: "inbox", params: { view: "review" } },
    needs: ["review.decide"],
    keys: "g r",
  },
  { name: "customers", title: "rail.customers", icon: "customers", to: { name: "customers" }, needs: ["search"], keys: "g c" },
  { name: "board", title: "rail.board", icon: "board", to: { name: "board" }, needs: ["board.read"], keys: "g b" },
  {
    name: "admin",
    title: "rail.admin",
    icon: "settings",
    to: { name: "admin" },
    needs: ["agents.read", "canned.edit.own", "groups.manage", "hours.manage", "words.manage", "training.edit", "audit.read"],
    keys: "g s",
  },
];

/** The places that whoever is signed in may go to. */
export function usePlaces(): ComputedRef<readonly Place[]> {
  const me = useMe();
  return computed(() => PLACES.filter((place) => place.needs.some(me.may)));
}
