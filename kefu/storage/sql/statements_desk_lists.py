"""Statements that list conversations for agents: see :mod:`kefu.storage.sql.statements`.

They are written as text, since each is one statement that a page of the list takes. A page is
found first, by an index where it may be any part of everything, by sorting where it is a part of
the open sessions; what is shown of its rows is looked up after that.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Executable, text

from kefu.storage.sql.statements_desk import SESSION

__all__ = ["LISTS_FOR_POSTGRESQL", "LISTS_FOR_SQLITE"]

LOOKED_BACK: Final = 200
"""How many entries of a log are looked at for what was said last."""

_IS_MINE: Final = """(CAST(:me AS text) <> '' AND (s.agent_id = CAST(:me AS text) OR EXISTS (
  SELECT 1 FROM session_tags t WHERE t.session = s.id AND t.kind = 'invited'
    AND t.value = CAST(:me AS text))))"""
# What kefu.staff.permissions.allows says of reading a session; nothing open is nobody's.
_IS_SEEN: Final = f"""(CAST(:sees_all AS int) = 1 OR {_IS_MINE} OR (CAST(:sees_groups AS int) = 1
  AND (s.group_id IN <groups> OR (s.agent_id IS NULL AND s.group_id IS NULL))))"""
_HAS_TAG: Final = """(CAST(:tag AS text) = '' OR EXISTS (
    SELECT 1 FROM customers u JOIN customer_tags g ON g.root = u.customer_id
    WHERE u.conversation_id = c.conversation_id AND u.merged_into IS NULL
      AND g.key = CAST(:tag AS text)))"""
_FITS: Final = f"""c.is_absorbed = 0
  AND (CAST(:channel AS text) = '' OR c.channel = CAST(:channel AS text))
  AND (CAST(:group_id AS text) = '' OR s.group_id = CAST(:group_id AS text))
  AND (CAST(:agent_id AS text) = '' OR s.agent_id = CAST(:agent_id AS text))
  AND (CAST(:label AS text) = '' OR EXISTS (SELECT 1 FROM session_tags t
    WHERE t.session = s.id AND t.kind = 'label' AND t.value = CAST(:label AS text)))
  AND s.tier >= CAST(:tier AS int) AND {_HAS_TAG}"""  # noqa: S608 - constants

# The numbers of kefu.desk.places.
_SORTED: Final = """
WITH sorted AS (
  SELECT c.id AS conversation, s.id AS session, c.conversation_id,
    CASE CAST(:sort AS text) WHEN 'newest' THEN -c.changed_at WHEN 'oldest' THEN c.changed_at
      WHEN 'waiting' THEN CASE WHEN s.waiting_since IS NULL THEN 1.0 ELSE 0.0 END
      ELSE CAST(-s.is_first_in_line AS float8) END AS k1,
    CASE CAST(:sort AS text) WHEN 'waiting' THEN coalesce(s.waiting_since, -c.changed_at)
      WHEN 'priority' THEN CAST(-s.priority AS float8) ELSE 0.0 END AS k2,
    CASE CAST(:sort AS text) WHEN 'priority' THEN CAST(-s.tier AS float8) ELSE 0.0 END AS k3,
    CASE CAST(:sort AS text) WHEN 'priority' THEN coalesce(s.waiting_since, 1e15)
      ELSE 0.0 END AS k4
  FROM service_sessions s CROSS JOIN conversations c
  WHERE s.state <> 'closed' AND c.conversation_id = s.conversation_id
    AND <view> AND <fits> AND <seen>
), page AS (
  SELECT conversation, session, k1, k2, k3, k4, conversation_id FROM sorted
  WHERE (k1, k2, k3, k4, conversation_id) > (CAST(:k1 AS float8), CAST(:k2 AS float8),
    CAST(:k3 AS float8), CAST(:k4 AS float8), CAST(:id AS text))
  ORDER BY k1, k2, k3, k4, conversation_id LIMIT CAST(:limit AS bigint)
)"""
_OF_MINE: Final = """s.id IN (SELECT m.id FROM service_sessions m
      WHERE m.agent_id = CAST(:me AS text) AND m.state <> 'closed'
      UNION SELECT t.session FROM session_tags t
      WHERE t.kind = 'invited' AND t.value = CAST(:me AS text))
    AND CASE WHEN s.snoozed_until IS NULL THEN 0 ELSE 1 END = CAST(:is_snoozed AS int)
    AND (CAST(:state AS text) = '' OR s.state = CAST(:state AS text))"""
_OF_OPEN: Final = "(CAST(:state AS text) = '' OR s.state = CAST(:state AS text))"

_ALL: Final = f"""
  SELECT c.id AS conversation, s.id AS session, c.changed_at AS at, c.conversation_id
  FROM <of> c
  LEFT JOIN service_sessions s ON s.conversation_id = c.conversation_id AND s.state <> 'closed'
  WHERE c.is_absorbed = 0 AND <range>
    AND (CAST(:channel AS text) = '' OR c.channel = CAST(:channel AS text)) AND {_HAS_TAG}
    AND (CAST(:is_rest AS int) = 0 OR s.id IS NULL) AND <seen>
  ORDER BY c.changed_at <way>, c.conversation_id <way> LIMIT CAST(:limit AS bigint)"""  # noqa: S608 - constants
# Of each conversation the last one, if it has none that is open.
_CLOSED: Final = """
  SELECT c.id AS conversation, s.id AS session, s.changed_at AS at, s.conversation_id
  FROM <of> s CROSS JOIN conversations c
  WHERE s.state = 'closed' AND c.conversation_id = s.conversation_id AND <range>
    AND s.id = (SELECT o.id FROM service_sessions o WHERE o.conversation_id = s.conversation_id
      ORDER BY CASE WHEN o.state = 'closed' THEN 0 ELSE 1 END DESC, o.opened_at DESC, o.id DESC
      LIMIT 1)
    AND <fits> AND <seen>
  ORDER BY s.changed_at <way>, s.conversation_id <way> LIMIT CAST(:limit AS bigint)"""
_RANGE: Final = """(<t>.changed_at, <t>.conversation_id) <behind>
      (CAST(:at AS float8), CAST(:id AS text))"""
_PAGE: Final = """
WITH page AS (<list>
)"""
# PostgreSQL, which plans without knowing how many rows fit, would sort everything. So it looks at
# the nearest rows first, and at all others only if too few of these fit.
_NEAR: Final = """
WITH near AS MATERIALIZED (
  SELECT <t>.* FROM <table> <t> WHERE <kept> AND <range>
  ORDER BY <t>.changed_at <way>, <t>.conversation_id <way> LIMIT 200
), nearest AS MATERIALIZED (<list_of_near>
), page AS (
  SELECT conversation, session, at, conversation_id FROM (
    SELECT * FROM nearest UNION ALL SELECT * FROM (<list_of_further>
    ) AS further
  ) AS found ORDER BY at <way>, conversation_id <way> LIMIT CAST(:limit AS bigint)
)"""
_FURTHER: Final = """(SELECT count(*) FROM nearest) < CAST(:limit AS bigint)
    AND (<t>.changed_at, <t>.conversation_id) <behind> (
      SELECT near.changed_at, near.conversation_id FROM near
      ORDER BY near.changed_at <way>, near.conversation_id <way> LIMIT 1 OFFSET 199)"""
_ONE: Final = """
WITH page AS (
  SELECT c.id AS conversation, s.id AS session, c.changed_at AS at, c.conversation_id
  FROM conversations c
  LEFT JOIN service_sessions s ON s.conversation_id = c.conversation_id AND s.state <> 'closed'
  WHERE c.conversation_id = CAST(:id AS text) AND c.is_absorbed = 0
)"""

# The customer's profile is followed by those of customers who were merged into them.
_SHOWN: Final = f"""
SELECT c.conversation_id, c.owner, c.channel, c.last_seq, c.changed_at, u.customer_id,
  (WITH RECURSIVE family (customer_id, profile, depth) AS (
      SELECT u.customer_id, u.profile, 0
      UNION ALL
      SELECT m.customer_id, m.profile, f.depth + 1
      FROM family f JOIN customers m ON m.merged_into = f.customer_id WHERE f.depth < 50
    ) SELECT '[' || <joined> || ']' FROM family WHERE customer_id IS NOT NULL),
  last.seq, last.kind, last.timestamp, last.body,
  CASE WHEN s.state <> 'closed' THEN (SELECT count(*) FROM (SELECT 1 FROM entries e
    WHERE e.conversation = c.id AND e.kind = 'message' AND e.seq > s.read_seq LIMIT 99) AS new)
    ELSE 0 END,
  {", ".join(f"s.{column.name}" for column in SESSION)}
FROM page p
LEFT JOIN conversations c ON c.id = p.conversation
LEFT JOIN service_sessions s ON s.id = p.session
LEFT JOIN customers u ON u.conversation_id = c.conversation_id AND u.merged_into IS NULL
LEFT JOIN <last>
ORDER BY <order>
"""  # noqa: S608 - constants
_LAST_SEQ: Final = f"""SELECT <columns> FROM entries e WHERE e.conversation = c.id
    AND e.seq > c.last_seq - {LOOKED_BACK} AND e.kind IN ('user', 'bot', 'agent')
  ORDER BY e.seq DESC LIMIT 1"""  # noqa: S608 - constants

_COUNTS: Final = f"""
WITH seen AS MATERIALIZED (
  SELECT c.id AS conversation, s.state, s.read_seq, s.snoozed_until,
    CASE WHEN {_IS_MINE} THEN 1 ELSE 0 END AS is_mine,
    CASE WHEN <seen> THEN 1 ELSE 0 END AS is_seen
  FROM service_sessions s CROSS JOIN conversations c
  WHERE s.state <> 'closed' AND c.conversation_id = s.conversation_id AND c.is_absorbed = 0
)
SELECT count(*) FILTER (WHERE is_mine = 1 AND snoozed_until IS NULL),
  count(*) FILTER (WHERE is_mine = 1 AND snoozed_until IS NULL AND EXISTS (
    SELECT 1 FROM entries e WHERE e.conversation = seen.conversation AND e.kind = 'message'
      AND e.seq > seen.read_seq)),
  count(*) FILTER (WHERE is_seen = 1 AND state = 'waiting'),
  (SELECT count(*) FROM desk_reviews r WHERE r.state = 'open' AND (CAST(:sees_all AS int) = 1
    OR (CAST(:sees_groups AS int) = 1 AND (r.group_id IS NULL OR r.group_id IN <groups>)))),
  count(*) FILTER (WHERE is_seen = 1),
  count(*) FILTER (WHERE is_mine = 1 AND snoozed_until IS NOT NULL)
FROM seen
"""  # noqa: S608 - constants

_FOR_SQLITE: Final = {
    "<groups>": "(SELECT value FROM json_each(:groups))",
    "<joined>": "group_concat(profile, ',')",
    "<last>": "entries last ON last.conversation = c.id AND last.seq = ("
    + _LAST_SEQ.replace("<columns>", "e.seq")
    + ")",
}
_FOR_POSTGRESQL: Final = {
    "<groups>": "(SELECT jsonb_array_elements_text(CAST(:groups AS jsonb)))",
    "<joined>": "string_agg(profile, ',' ORDER BY depth, customer_id)",
    "<last>": "LATERAL ("
    + _LAST_SEQ.replace("<columns>", "e.seq, e.kind, e.timestamp, e.body")
    + ") AS last ON TRUE",
}
_BY_KEYS: Final = "p.k1, p.k2, p.k3, p.k4, p.conversation_id"
_WAYS: Final = {"newest": ("<", "DESC"), "oldest": (">", "ASC")}


def _made(parts: dict[str, str], page: str, order: str = "", **further: str) -> Executable:
    """Return a statement whose placeholders are replaced."""
    sql = page if not order else page + _SHOWN
    parts = {
        "<order>": order,
        **{f"<{name}>": value for name, value in further.items()},
        "<fits>": _FITS,
        "<seen>": _IS_SEEN,
        **parts,
    }
    for name, value in parts.items():
        sql = sql.replace(name, value)
    return text(sql)


def _paged(listed: str, table: str, alias: str, kept: str, *, is_near_first: bool) -> str:
    """Return how a page of a list is found that an index has in its order."""
    if not is_near_first:
        found = listed.replace("<of>", table).replace("<range>", _RANGE)
        return _PAGE.replace("<list>", found).replace("<t>", alias)
    near = listed.replace("<of>", "near").replace("<range>", "TRUE")
    further = listed.replace("<of>", table).replace("<range>", _FURTHER)
    sql = _NEAR.replace("<list_of_near>", near).replace("<list_of_further>", further)
    sql = sql.replace("<range>", _RANGE).replace("<table>", table).replace("<kept>", kept)
    return sql.replace("<t>", alias)


def _lists(parts: dict[str, str], *, is_near_first: bool) -> dict[str, Executable]:
    found = {
        "rows_mine": _made(parts, _SORTED, _BY_KEYS, view=_OF_MINE),
        "rows_open": _made(parts, _SORTED, _BY_KEYS, view=_OF_OPEN),
        "row_alone": _made(parts, _ONE, "p.conversation_id"),
        "counts_of_rows": _made(parts, _COUNTS),
    }
    everything = _paged(_ALL, "conversations", "c", "TRUE", is_near_first=is_near_first)
    closed = _paged(
        _CLOSED, "service_sessions", "s", "s.state = 'closed'", is_near_first=is_near_first
    )
    for sort, (behind, way) in _WAYS.items():
        order = f"p.at {way}, p.conversation_id {way}"
        found[f"rows_all_{sort}"] = _made(parts, everything, order, behind=behind, way=way)
        found[f"rows_closed_{sort}"] = _made(parts, closed, order, behind=behind, way=way)
    return found


LISTS_FOR_SQLITE: Final = _lists(_FOR_SQLITE, is_near_first=False)
LISTS_FOR_POSTGRESQL: Final = _lists(_FOR_POSTGRESQL, is_near_first=True)
