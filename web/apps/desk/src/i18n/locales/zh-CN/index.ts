import { admin } from "./admin.ts";
import { board } from "./board.ts";
import { common } from "./common.ts";
import { context } from "./context.ts";
import { inbox } from "./inbox.ts";
import { library } from "./library.ts";
import { profile } from "./profile.ts";
import { shell } from "./shell.ts";
import { thread } from "./thread.ts";

export const words = {
  ...common,
  ...shell,
  ...profile,
  ...admin,
  ...library,
  ...board,
  ...inbox,
  ...thread,
  ...context,
};

/** What every language has: the same keys, each with the same `{names}`. */
export type Words = { readonly [name in keyof typeof words]: string };
