import { common } from "./common.ts";
import { context } from "./context.ts";
import { inbox } from "./inbox.ts";
import { shell } from "./shell.ts";
import { thread } from "./thread.ts";

export const words = {
  ...common,
  ...shell,
  ...inbox,
  ...thread,
  ...context,
};

/** What every language has: the same keys, each with the same `{names}`. */
export type DailyWords = { readonly [name in keyof typeof words]: string };
