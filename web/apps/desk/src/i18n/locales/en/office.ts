import type { OfficeWords } from "../zh-CN/office.ts";
import { admin } from "./admin.ts";
import { board } from "./board.ts";
import { library } from "./library.ts";
import { profile } from "./profile.ts";

export const words: OfficeWords = {
  ...admin,
  ...board,
  ...library,
  ...profile,
};
