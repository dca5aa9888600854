/** Asking before something that cannot be taken back. */

import { readonly, shallowRef } from "vue";

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that does it says. */
  readonly act: string;
  readonly isDanger?: boolean;
}

const asked = shallowRef<(Question & { readonly answer: (yes: boolean) => void }) | null>(null);

export const question = readonly(asked);

/** Ask; a question that was open is answered with no. */
export function confirm(one: Question): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...one,
      answer: (yes) => {
        asked.value = null;
        resolve(yes);
      },
    };
  });
}
