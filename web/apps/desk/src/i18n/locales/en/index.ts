import type { Words } from "../zh-CN/index.ts";
import { admin } from "./admin.ts";
import { board } from "./board.ts";
import { common } from "./common.ts";
import { context } from "./context.ts";
import { inbox } from "./inbox.ts";
import { library } from "./library.ts";
import { profile } from "./profile.ts";
import { shell } from "./shell.ts";
import { thread } from "./thread.ts";

export const words: Words = {
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
