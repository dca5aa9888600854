import type { DailyWords } from "../zh-CN/index.ts";
import { common } from "./common.ts";
import { context } from "./context.ts";
import { inbox } from "./inbox.ts";
import { shell } from "./shell.ts";
import { thread } from "./thread.ts";

export const words: DailyWords = {
  ...common,
  ...shell,
  ...inbox,
  ...thread,
  ...context,
};
