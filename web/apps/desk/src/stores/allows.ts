/** Who may do what: as the server's one function decides, for what is shown. */

import type { Permission } from "../api/types.ts";

/** Permissions of growing reach: who has a wider one has the narrower ones. */
const FAMILIES: readonly (readonly Permission[])[] = [
  ["session.read.mine", "session.read.group", "session.read.all"],
  ["canned.edit.own", "canned.edit.shared"],
];

/** Whether somebody with `held` may do what `permission` names, to anything at all. */
export function allows(held: ReadonlySet<Permission>, permission: Permission): boolean {
  const family = FAMILIES.find((one) => one.includes(permission));
  const wider = family ? family.slice(family.indexOf(permission)) : [permission];
  return wider.some((one) => held.has(one));
}
