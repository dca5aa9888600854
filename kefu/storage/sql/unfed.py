"""What feeds have not been given yet, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.feeding import UnfedStretch
from kefu.gateway.records import LogEntry
from kefu.storage.sql.work import Database

__all__ = ["SqlUnfed"]


class SqlUnfed:
    """Keeps stretches of logs; see :class:`kefu.gateway.feeding.Unfed`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next(self, feed: str, *, limit: int) -> Sequence[UnfedStretch]:
        """Return the first stretches in the order of their commits."""
        rows = await self._database.rows("next_unfed", {"feed": feed, "limit": limit})
        entries: dict[tuple[int, str], list[LogEntry]] = {}
        for number, conversation_id, seq, kind, timestamp, body in rows:
            found = entries.setdefault((number, conversation_id), [])
            if seq is not None:
                found.append(LogEntry(seq=seq, kind=kind, timestamp=timestamp, body=body))
        return [
            UnfedStretch(id=number, conversation_id=conversation_id, entries=tuple(found))
            for (number, conversation_id), found in entries.items()
        ]

    async def forget(self, ids: Sequence[int]) -> None:
        """Forget stretches that were given."""
        await self._database.write_once("forget_unfed", [{"id": number} for number in ids])

    async def count(self, feed: str) -> int:
        """Return how many stretches wait."""
        count: int = (await self._database.rows("count_unfed", {"feed": feed}))[0][0]
        return count
