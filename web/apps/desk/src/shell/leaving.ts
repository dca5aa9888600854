/** Signing out. */

import { live } from "../live/index.ts";
import { router } from "../router.ts";
import { useMe } from "../stores/me.ts";
import { explainShort } from "../ui/explain.ts";
import { toast } from "../ui/toast.ts";

export async function signOut(): Promise<void> {
  try {
    await useMe().signOut();
  } catch (error) {
    toast(explainShort(error), "bad");
    return;
  }
  live.stop();
  await router.push({ name: "login" });
}
