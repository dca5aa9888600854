/** The words of screens that most agents open seldom: fetched with the first of them. */

import { admin } from "./admin.ts";
import { board } from "./board.ts";
import { library } from "./library.ts";
import { profile } from "./profile.ts";

export const words = {
  ...admin,
  ...board,
  ...library,
  ...profile,
};

export type OfficeWords = { readonly [name in keyof typeof words]: string };
