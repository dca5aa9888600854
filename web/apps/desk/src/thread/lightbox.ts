/** The picture that is shown large, if one is. */

import { shallowRef } from "vue";

export interface Picture {
  readonly url: string;
  readonly name: string;
}

export const enlarged = shallowRef<Picture | null>(null);
