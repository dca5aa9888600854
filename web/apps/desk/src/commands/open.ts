/** Whether the command bar or the shortcut sheet is open. */

import { ref } from "vue";

export const isBarOpen = ref(false);
export const isSheetOpen = ref(false);
