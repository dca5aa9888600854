"""The statements of the search, as text: full-text search is spelled differently everywhere.

Lists of ids are passed as JSON texts, which both databases read.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Executable, bindparam, insert, select, text, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.sql.expression import literal_column

from kefu.storage.sql.tables_search import INDEXES, search_hours, search_state, search_touched

__all__ = ["OF_SEARCH", "SEARCH_ON_POSTGRESQL", "SEARCH_ON_SQLITE"]

P = bindparam
_st, _da, _to = search_state.c, search_hours.c, search_touched.c
_NEXT: Final = """
SELECT position, kind, timestamp, body FROM entries
WHERE position > :after AND position <= :end AND kind IN ('user', 'bot', 'agent', 'note')
ORDER BY position LIMIT :limit
"""
_END: Final = """
SELECT coalesce(max(position), 0), (SELECT cursor FROM search_state WHERE id = 1),
  (SELECT version FROM search_state WHERE id = 1),
  EXISTS (SELECT 1 FROM search_touched) FROM entries
"""
_PROGRESS: Final = """
SELECT (SELECT cursor FROM search_state WHERE id = 1), (SELECT max(position) FROM entries),
  (SELECT count(*) FROM (SELECT 1 FROM search_touched LIMIT 10000) AS touched)
"""
_BOUNDS: Final = """
SELECT (SELECT cursor FROM search_state WHERE id = 1),
  (SELECT min(first) FROM search_hours WHERE hour >= :since),
  (SELECT max(last) FROM search_hours WHERE hour <= :until)
"""

OF_SEARCH: Final[dict[str, Executable]] = {
    "lock_search": select(_st.cursor, _st.version)
    .where(_st.id == literal_column("1"))
    .with_for_update(),
    "add_search_state": insert_or(search_state)
    .values(id=literal_column("1"), cursor=literal_column("0"), version=P("version"))
    .on_conflict_do_nothing(index_elements=["id"]),
    "move_search": update(search_state)
    .where(_st.id == literal_column("1"))
    .values(cursor=P("cursor"), version=P("version")),
    "note_search_hour": insert_or(search_hours)
    .values(hour=P("hour"), first=P("first"), last=P("last"))
    .on_conflict_do_update(index_elements=["hour"], set_={"last": literal_column("excluded.last")}),
    "drop_search_hours": delete_from(search_hours),
    "search_next": text(_NEXT),
    "search_progress": text(_PROGRESS),
    "search_bounds": text(_BOUNDS),
    "search_end": text(_END),
    "touch_customer": insert(search_touched).inline().values(customer_id=P("customer_id")),
    "touch_all_customers": text(
        "INSERT INTO search_touched (customer_id) SELECT customer_id FROM customers ORDER BY id"
    ),
    "touched_customers": select(_to.id, _to.customer_id).order_by(_to.id).limit(P("limit")),
    "drop_touched": delete_from(search_touched).where(_to.id == P("id")),
    "drop_all_touched": delete_from(search_touched),
}

_ENTRY: Final = """
f.number, c.conversation_id, coalesce(a.conversation_id, c.conversation_id), c.channel, e.seq,
  e.kind, e.timestamp, e.body
"""
_OF_ENTRY: Final = """
JOIN entries AS e ON e.position = f.number JOIN conversations AS c ON c.id = e.conversation
LEFT JOIN aliases AS a ON a.address = c.conversation_id
"""
_CUSTOMER: Final = """
u.id, u.customer_id, u.conversation_id, coalesce(c.channel, ''), u.created_at
"""
_OF_CUSTOMER: Final = """
JOIN customers AS u ON u.id = f.number
LEFT JOIN conversations AS c ON c.conversation_id = u.conversation_id
"""
# Each customer asked for with the profiles of all who were merged into them, their own first.
_FAMILIES: Final = """
WITH RECURSIVE family (root, customer_id, depth, merge) AS (
  SELECT u.customer_id, u.customer_id, 0, CAST(0 AS bigint) FROM customers AS u
  WHERE u.customer_id IN ({ids})
  UNION ALL
  SELECT f.root, u.customer_id, f.depth + 1, m.id FROM family AS f
  JOIN merges AS m ON m.kept = f.customer_id AND m.undone_at IS NULL
  JOIN customers AS u ON u.customer_id = m.merged AND u.merged_into = f.customer_id
  WHERE f.depth < 50
)
SELECT f.root, u.id, u.merged_into, u.conversation_id, u.profile
FROM family AS f JOIN customers AS u ON u.customer_id = f.customer_id
ORDER BY f.root, f.depth, f.merge
"""
_IDENTITIES: Final = """
SELECT customer_id, kind, value FROM identities WHERE customer_id IN ({ids})
ORDER BY customer_id, kind, value
"""
_CUSTOMERS_AT: Final = """
SELECT conversation_id, customer_id FROM customers
WHERE conversation_id IN ({ids}) AND merged_into IS NULL
"""
# What nothing is open in is nobody's; see desk_lists.
_READABLE: Final = """
SELECT asked.value FROM ({values}) AS asked
LEFT JOIN service_sessions AS s ON s.conversation_id = asked.value AND s.state <> 'closed'
WHERE CAST(:sees_all AS int) = 1 OR s.agent_id = CAST(:me AS text)
  OR EXISTS (SELECT 1 FROM session_tags AS t
    WHERE t.session = s.id AND t.kind = 'invited' AND t.value = CAST(:me AS text))
  OR (CAST(:sees_groups AS int) = 1 AND (s.group_id IN (SELECT value FROM ({groups}) AS own)
    OR (s.agent_id IS NULL AND s.group_id IS NULL)))
"""


def _of_many(ids: str) -> dict[str, Executable]:
    """Return the statements that take many ids, given how a database reads their list."""
    return {
        "search_families": text(_FAMILIES.replace("{ids}", ids)),
        "search_identities": text(_IDENTITIES.replace("{ids}", ids)),
        "search_customers_at": text(_CUSTOMERS_AT.replace("{ids}", ids)),
        "search_readable": text(
            _READABLE.format(values=ids, groups=ids.replace(":ids", ":groups"))
        ),
    }


def _clearing(database: str) -> dict[str, Executable]:
    """Return what takes the index away, damaged or not, and makes it anew."""
    return {
        f"{act}_{table}{number or ''}": text(sql)
        for table, creating in INDEXES[database].items()
        for act, sqls in (("drop", (f"DROP TABLE IF EXISTS {table}",)), ("create", creating))
        for number, sql in enumerate(sqls)
    }


_LITE_FOUND: Final = """
SELECT {columns} FROM (SELECT rowid AS number FROM {table}
  WHERE {table} MATCH :match AND rowid < :below AND rowid >= :least
  ORDER BY rowid DESC LIMIT :limit) AS f {joins} ORDER BY f.number DESC
"""
SEARCH_ON_SQLITE: Final[dict[str, Executable]] = {
    "index_message": text(
        "INSERT OR REPLACE INTO search_messages (rowid, terms) VALUES (:number, :terms)"
    ),
    "unindex_messages": text(
        "DELETE FROM search_messages WHERE rowid IN "
        "(SELECT position FROM entries WHERE conversation = :conversation)"
    ),
    "find_messages": text(
        _LITE_FOUND.format(table="search_messages", columns=_ENTRY, joins=_OF_ENTRY)
    ),
    "index_customer": text(
        "INSERT OR REPLACE INTO search_customers (rowid, terms) VALUES (:number, :terms)"
    ),
    "unindex_customer": text("DELETE FROM search_customers WHERE rowid = :number"),
    "find_customers": text(
        _LITE_FOUND.format(table="search_customers", columns=_CUSTOMER, joins=_OF_CUSTOMER)
    ),
    **_of_many("SELECT value FROM json_each(:ids)"),
    **_clearing("sqlite"),
}

# Terms are looked for first and put in order then: the planner, which knows no values, would
# otherwise read all entries from the newest on. For terms that are in many of them, only the newest
# are looked for.
_POSTGRES_FOUND: Final = """
WITH found AS MATERIALIZED (
  SELECT number FROM {table} WHERE terms @@ CAST(CAST(:match AS text) AS tsquery){within}
)
SELECT {columns} FROM (SELECT number FROM found
  WHERE number < CAST(:below AS bigint) AND number >= CAST(:least AS bigint)
  ORDER BY number DESC LIMIT CAST(:limit AS bigint)) AS f {joins} ORDER BY f.number DESC
"""
_WITHIN: Final = """
    AND number < CAST(:below AS bigint) AND number >= CAST(:least AS bigint)"""
_PUT: Final = """
INSERT INTO {table} (number, terms)
SELECT new.number, CAST(new.terms AS tsvector)
FROM unnest(CAST(:numbers AS bigint[]), CAST(:terms AS text[])) AS new (number, terms)
ON CONFLICT (number) DO UPDATE SET terms = excluded.terms
"""
# Who writes entries holds this lock from before it has their positions until they are visible.
_WRITERS: Final = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE locktype = 'relation' AND relation = to_regclass('entries') AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


def _found(table: str, columns: str, joins: str, within: str = "") -> Executable:
    return text(_POSTGRES_FOUND.format(table=table, columns=columns, joins=joins, within=within))


SEARCH_ON_POSTGRESQL: Final[dict[str, Executable]] = {
    "index_message": text(_PUT.format(table="search_messages")),
    "unindex_messages": text(
        "DELETE FROM search_messages USING entries "
        "WHERE search_messages.number = entries.position AND entries.conversation = :conversation"
    ),
    "find_messages": _found("search_messages", _ENTRY, _OF_ENTRY),
    "find_newest_messages": _found("search_messages", _ENTRY, _OF_ENTRY, _WITHIN),
    "index_customer": text(_PUT.format(table="search_customers")),
    "unindex_customer": text("DELETE FROM search_customers WHERE number = :number"),
    "find_customers": _found("search_customers", _CUSTOMER, _OF_CUSTOMER),
    "search_writers": text(_WRITERS),
    **_of_many("SELECT value FROM jsonb_array_elements_text(CAST(CAST(:ids AS text) AS jsonb))"),
    **_clearing("postgresql"),
}
