"""The conversations as a whole, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.records import Head, Owner
from kefu.storage.sql.log import head_of, resolving
from kefu.storage.sql.work import Database, Step, Work

__all__ = ["SqlConversations"]


class SqlConversations:
    """Finds conversations; see :class:`kefu.gateway.ports.Conversations`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        return await self._database.read(lambda: resolving(address))

    async def addresses(self, conversation_id: str) -> Sequence[str]:
        """Return the other addresses that lead to a conversation."""
        return await self._names("addresses", {"conversation_id": conversation_id})

    async def redirect(self, address: str, conversation_id: str) -> None:
        """Let an address lead to a conversation from now on."""
        await self._database.write(lambda: _redirect(address, conversation_id))

    async def head(self, conversation_id: str) -> Head | None:
        """Return where a conversation stands."""
        return await self._database.read(lambda: _head(conversation_id))

    async def unanswered(self, *, before: float, limit: int) -> Sequence[str]:
        """Return conversations unchanged since ``before`` whose last message had no turn yet."""
        return await self._names("unanswered", {"before": before, "limit": limit})

    async def owned_by(self, owner: Owner, *, after: str = "", limit: int = 500) -> Sequence[str]:
        """Return a page of the conversations that ``owner`` has."""
        if owner == "bot":
            return await self._names("owned_by_bot", {"after": after, "limit": limit})
        return await self._names("owned_by", {"owner": owner, "after": after, "limit": limit})

    async def listed(self, *, after: str = "", limit: int = 500) -> Sequence[str]:
        """Return a page of all conversations."""
        return await self._names("listed", {"after": after, "limit": limit})

    async def end(self) -> int:
        """Return the position of the last entry of all logs."""
        return await self._database.read(_end)

    async def tail(self, *, after: int, limit: int = 2_000) -> Sequence[tuple[int, str]]:
        """Return what came to all logs behind a position."""
        return await self._database.read(lambda: _tail(after, limit))

    async def _names(self, *step: object) -> Sequence[str]:
        return await self._database.read(lambda: _names(step))  # type: ignore[arg-type]


def _head(conversation_id: str) -> Work[Head | None]:
    rows = yield "head", {"conversation_id": conversation_id}
    return head_of(rows[0]) if rows else None


def _end() -> Work[int]:
    rows = yield "end_of_logs", {}
    return rows[0][0] or 0


def _tail(after: int, limit: int) -> Work[Sequence[tuple[int, str]]]:
    rows = yield "tail_of_logs", {"after": after, "limit": limit}
    return [(row[0], row[1]) for row in rows]


def _redirect(address: str, conversation_id: str) -> Work[None]:
    if address == conversation_id:
        yield "drop_alias", {"address": address}
        yield "own_name", {"conversation_id": address}
    else:
        yield "put_alias", {"address": address, "conversation_id": conversation_id}


def _names(step: Step) -> Work[Sequence[str]]:
    rows = yield step
    return [row[0] for row in rows]
