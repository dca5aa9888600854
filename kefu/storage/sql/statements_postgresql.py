"""Statements that only PostgreSQL gets: what takes many round trips otherwise takes one.

Each is one statement and so one transaction, whatever it changes. What it reads, it reads as it
was when the statement began; a row it changes is the newest one, waited for where necessary.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Executable, text

__all__ = ["FOR_POSTGRESQL"]

# A row of "found" is a repeat. Otherwise the conversation's row is made or changed, and so locked.
# Nulls: the address was led elsewhere while the statement waited; nothing was done.
# "was" is that row as the statement found it, which may be older than what was changed.
_RECEIVE: Final = """
WITH found AS (
  SELECT c.conversation_id, a.seq, c.version, c.owner, c.channel, c.last_seq, c.last_message_seq,
    c.answered_seq, c.address
  FROM arrivals a JOIN conversations c ON c.id = a.conversation
  WHERE a.channel = CAST(:channel AS text) AND a.message_id = CAST(:message_id AS text)
), kept AS (
  INSERT INTO conversations AS c (conversation_id, version, owner, channel, last_seq,
    last_message_seq, answered_seq, created_at, changed_at, address)
  SELECT coalesce((SELECT conversation_id FROM aliases WHERE address = :conversation_id),
      CAST(:conversation_id AS text)), 0, 'bot', CAST(:channel AS text), 1, 1, 0,
    CAST(:now AS float8), CAST(:now AS float8), CAST(:address AS text)
  WHERE NOT EXISTS (SELECT 1 FROM found)
  ON CONFLICT (conversation_id) DO UPDATE SET (channel, address, changed_at, last_message_seq,
    version, last_seq, answered_seq) = (SELECT excluded.channel, excluded.address,
      excluded.changed_at, c.last_seq + 1, c.version + relay.count, c.last_seq + 1 + relay.count,
      CASE relay.count WHEN 1 THEN c.last_seq + 1 ELSE c.answered_seq END
    FROM (SELECT CASE WHEN CAST(:relayed_body AS text) IS NOT NULL AND c.owner = 'agent'
      AND c.answered_seq >= c.last_message_seq THEN 1 ELSE 0 END AS count) AS relay)
    WHERE c.is_absorbed = 0
  RETURNING c.id, c.conversation_id, c.version, c.owner, c.channel, c.last_seq,
    c.last_message_seq, c.answered_seq, c.address
), arrived AS (
  INSERT INTO arrivals (channel, message_id, conversation, seq)
  SELECT CAST(:channel AS text), CAST(:message_id AS text), id, last_message_seq FROM kept
  WHERE CAST(:message_id AS text) IS NOT NULL
), entered AS (
  INSERT INTO entries (conversation, seq, kind, timestamp, body)
  SELECT id, last_message_seq, 'message', CAST(:now AS float8), CAST(:body AS text) FROM kept
  UNION ALL
  SELECT id, last_message_seq + 1, CAST(:relayed_kind AS text), CAST(:relayed_at AS float8),
    CAST(:relayed_body AS text) FROM kept WHERE answered_seq = last_message_seq
), noted AS (
  INSERT INTO unfed (feed, conversation, first_seq, last_seq)
  SELECT new.feed, id, last_seq, last_seq
  FROM kept CROSS JOIN unnest(CAST(:feeds AS text[])) AS new (feed)
  WHERE answered_seq = last_message_seq
)
SELECT k.conversation_id, k.last_message_seq, k.version, k.owner, k.channel, k.last_seq,
  k.last_message_seq, k.answered_seq, k.address, k.id, coalesce(was.last_seq, 0),
  coalesce(was.last_message_seq, 0)
FROM kept k LEFT JOIN conversations was ON was.id = k.id
UNION ALL
SELECT conversation_id, seq, version, owner, channel, last_seq, last_message_seq, answered_seq,
  address, NULL, NULL, NULL
FROM found
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
WHERE NOT EXISTS (SELECT 1 FROM kept) AND NOT EXISTS (SELECT 1 FROM found)
"""

# Nulls: there is no such conversation, or not at this version.
_COMMIT: Final = """
WITH found AS (
  SELECT c.version, a.seq FROM arrivals a JOIN conversations c ON c.id = a.conversation
  WHERE a.channel = CAST(:key_channel AS text) AND a.message_id = CAST(:key AS text)
), kept AS (
  UPDATE conversations SET version = version + 1, owner = CAST(:owner AS text),
    last_seq = last_seq + CAST(:count AS bigint),
    answered_seq = greatest(answered_seq, CAST(:answers AS bigint)),
    changed_at = CAST(:now AS float8)
  WHERE conversation_id = CAST(:conversation_id AS text)
    AND version = CAST(:expected_version AS bigint) AND NOT EXISTS (SELECT 1 FROM found)
  RETURNING id, version, last_seq
), arrived AS (
  INSERT INTO arrivals (channel, message_id, conversation, seq)
  SELECT CAST(:key_channel AS text), CAST(:key AS text), id, last_seq FROM kept
  WHERE CAST(:key AS text) IS NOT NULL
), entered AS (
  INSERT INTO entries (conversation, seq, kind, timestamp, body)
  SELECT kept.id, kept.last_seq - CAST(:count AS bigint) + new.n, new.kind, new.timestamp, new.body
  FROM kept CROSS JOIN unnest(CAST(:kinds AS text[]), CAST(:timestamps AS float8[]),
    CAST(:bodies AS text[])) WITH ORDINALITY AS new (kind, timestamp, body, n)
), delivering AS (
  INSERT INTO deliveries (conversation, cause_seq, channel, body, state, attempts, created_at,
    retry_at, settled_at, recipient, seq)
  SELECT kept.id, CAST(:answers AS bigint), new.channel, new.body, new.state, 0,
    CAST(:now AS float8), new.retry_at,
    CASE new.state WHEN 'pending' THEN NULL ELSE CAST(:now AS float8) END, new.recipient,
    kept.last_seq - CAST(:count AS bigint) + 1 + new.entry
  FROM kept CROSS JOIN unnest(CAST(:delivery_channels AS text[]),
    CAST(:delivery_bodies AS text[]), CAST(:states AS text[]), CAST(:retry_times AS float8[]),
    CAST(:recipients AS text[]), CAST(:delivery_entries AS bigint[]))
    WITH ORDINALITY AS new (channel, body, state, retry_at, recipient, entry, n)
  ORDER BY new.n
  RETURNING id
), finished AS (
  DELETE FROM reminders USING kept WHERE reminders.id = CAST(:finished_reminder AS bigint)
), kept_snapshot AS (
  INSERT INTO snapshots (conversation, seq, needs, body)
  SELECT id, CAST(:snapshot_seq AS bigint), CAST(:needs AS text), CAST(:snapshot AS text)
  FROM kept WHERE CAST(:snapshot_seq AS bigint) IS NOT NULL
  ON CONFLICT (conversation) DO UPDATE
    SET seq = excluded.seq, needs = excluded.needs, body = excluded.body
), noted AS (
  INSERT INTO unfed (feed, conversation, first_seq, last_seq)
  SELECT new.feed, id, last_seq - CAST(:count AS bigint) + 1, last_seq
  FROM kept CROSS JOIN unnest(CAST(:feeds AS text[])) AS new (feed)
  WHERE CAST(:count AS bigint) > 0
)
SELECT version, last_seq, FALSE,
  CASE WHEN cardinality(CAST(:states AS text[])) > 0
    THEN ARRAY(SELECT id FROM delivering ORDER BY id) END,
  CASE WHEN 'pending' = ANY(CAST(:states AS text[]))
    THEN ARRAY(SELECT d.id FROM deliveries d
      WHERE d.conversation = kept.id AND d.state = 'pending'
        AND d.channel = ANY(CAST(:delivery_channels AS text[])) ORDER BY d.id) END
FROM kept
UNION ALL
SELECT version, seq, TRUE, NULL, NULL FROM found
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL
WHERE NOT EXISTS (SELECT 1 FROM kept) AND NOT EXISTS (SELECT 1 FROM found)
"""

_PREVIOUS_MESSAGE: Final = """
SELECT coalesce(max(seq), 0) FROM entries
WHERE conversation = CAST(:conversation AS bigint) AND seq < CAST(:seq AS bigint)
  AND kind = 'message'
"""

# Each of those who ask has an element in the arrays, and gets the rows that bear its number.
_ADDRESSED_PAGES: Final = """
SELECT asked.n, page.conversation_id, page.seq, page.kind, page.timestamp, page.body
FROM unnest(CAST(:addresses AS text[]), CAST(:places AS bigint[]), CAST(:limits AS bigint[]))
  WITH ORDINALITY AS asked (address, after, most, n)
CROSS JOIN LATERAL (
  SELECT c.conversation_id, e.seq, e.kind, e.timestamp, e.body
  FROM conversations c JOIN entries e ON e.conversation = c.id
  WHERE c.conversation_id = coalesce(
      (SELECT a.conversation_id FROM aliases a WHERE a.address = asked.address), asked.address)
    AND e.seq > asked.after
  ORDER BY e.seq LIMIT asked.most
) AS page
ORDER BY asked.n, page.seq
"""

FOR_POSTGRESQL: Final[dict[str, Executable]] = {
    "receive": text(_RECEIVE),
    "commit": text(_COMMIT),
    "previous_message": text(_PREVIOUS_MESSAGE),
    "addressed_pages": text(_ADDRESSED_PAGES),
}
