/** How much room there is: for three panes, two, or one. */

import { onScopeDispose, readonly, ref, type Ref } from "vue";

function useMedia(query: string): Readonly<Ref<boolean>> {
  const media = matchMedia(query);
  const fits = ref(media.matches);
  const look = (): void => void (fits.value = media.matches);
  media.addEventListener("change", look);
  onScopeDispose(() => media.removeEventListener("change", look));
  return readonly(fits);
}

/** A phone: one pane at a time. */
export const useIsNarrow = (): Readonly<Ref<boolean>> => useMedia("(max-width: 720px)");
/** Room for the panel beside list and thread. */
export const useIsWide = (): Readonly<Ref<boolean>> => useMedia("(min-width: 1160px)");
