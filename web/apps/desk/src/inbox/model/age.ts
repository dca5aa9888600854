/** Which of two words about a conversation is the older one: they come by several ways. */

import type { Row } from "../../api/types.ts";

/**
 * Whether `row` was true before `known` was. Versions are those of the service session: one that
 * has ended, or begun, says nothing about another's, and there the time decides.
 */
export function isOlder(row: Row, known: Row | null | undefined): boolean {
  if (!known) return false;
  if (row.session_id === known.session_id) return row.version < known.version;
  return +new Date(row.changed_at) < +new Date(known.changed_at);
}
