/** Which conversation is on the screen; the thread says so. */

import { ref } from "vue";

export const currentConversation = ref<string | null>(null);
