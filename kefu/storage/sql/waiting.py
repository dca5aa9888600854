"""Conversations that wait for an agent, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.core.waiting import WaitingConversation
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlWaitingQueue"]


class SqlWaitingQueue:
    """Keeps waiting conversations; see :class:`kefu.storage.opened.WaitingQueue`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, entry: WaitingConversation) -> bool:
        """Add ``entry`` unless its conversation waits already."""
        return await self._database.write(lambda: _open(entry))

    async def note(self, conversation_id: str, last_message: str) -> None:
        """Remember what a waiting customer wrote meanwhile."""
        await self._database.write(lambda: _note(conversation_id, last_message))

    async def list(self, limit: int) -> Sequence[WaitingConversation]:
        """Return the waiting conversations, the longest waiting first."""
        return await self._database.read(lambda: _list(limit))

    async def close(self, conversation_id: str, closed_at: float) -> bool:
        """Close the open entry."""
        return await self._database.write(lambda: _close(conversation_id, closed_at))


def _open(entry: WaitingConversation) -> Work[bool]:
    rows = yield (
        "open_waiting",
        {
            "conversation_id": entry.conversation_id,
            "reason": entry.reason,
            "channel": entry.channel,
            "customer_name": entry.customer_name,
            "since": entry.since,
            "last_message": entry.last_message,
        },
    )
    return bool(rows)


def _note(conversation_id: str, last_message: str) -> Work[None]:
    yield "note_waiting", {"conversation_id": conversation_id, "last_message": last_message}


def _list(limit: int) -> Work[Sequence[WaitingConversation]]:
    rows = yield "list_waiting", {"limit": limit}
    return [
        WaitingConversation(
            conversation_id=row[0],
            reason=row[1],
            channel=row[2],
            since=row[3],
            customer_name=row[4],
            last_message=row[5],
            state=row[6],
            closed_at=row[7],
        )
        for row in rows
    ]


def _close(conversation_id: str, closed_at: float) -> Work[bool]:
    rows = yield "close_waiting", {"conversation_id": conversation_id, "closed_at": closed_at}
    return bool(rows)
