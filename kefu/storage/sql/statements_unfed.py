"""The statements about what feeds have not been given yet."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Executable, bindparam, func, insert, select, text
from sqlalchemy import delete as delete_from

from kefu.storage.sql.tables import unfed

__all__ = ["OF_UNFED"]

P = bindparam
_u = unfed.c
# As text, because SQLAlchemy would give the inner LIMIT an OFFSET on SQLite.
_NEXT: Final = """
SELECT first.id, c.conversation_id, e.seq, e.kind, e.timestamp, e.body
FROM (SELECT id, conversation, first_seq, last_seq FROM unfed WHERE feed = :feed
  ORDER BY id LIMIT :limit) AS first
JOIN conversations AS c ON c.id = first.conversation
LEFT JOIN entries AS e ON e.conversation = first.conversation
  AND e.seq BETWEEN first.first_seq AND first.last_seq
ORDER BY first.id, e.seq
"""

OF_UNFED: Final[dict[str, Executable]] = {
    "add_unfed": insert(unfed)
    .inline()
    .values(
        feed=P("feed"),
        conversation=P("conversation"),
        first_seq=P("first"),
        last_seq=P("last"),
    ),
    "next_unfed": text(_NEXT),
    "forget_unfed": delete_from(unfed).where(_u.id == P("id")),
    "count_unfed": select(func.count()).select_from(unfed).where(_u.feed == P("feed")),
}
