"""The conversations as a whole, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.records import Head, Owner
from kefu.storage.memory.records import Shelf

__all__ = ["MemoryConversations"]


class MemoryConversations:
    """Finds conversations; see :class:`kefu.gateway.ports.Conversations`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        return self._shelf.resolve(address)

    async def addresses(self, conversation_id: str) -> Sequence[str]:
        """Return the other addresses that lead to a conversation."""
        aliases = self._shelf.aliases.items()
        return sorted(address for address, leads_to in aliases if leads_to == conversation_id)

    async def redirect(self, address: str, conversation_id: str) -> None:
        """Let an address lead to a conversation from now on."""
        if address == conversation_id:
            self._shelf.aliases.pop(address, None)
        else:
            self._shelf.aliases[address] = conversation_id

    async def head(self, conversation_id: str) -> Head | None:
        """Return where a conversation stands."""
        kept = self._shelf.conversations.get(conversation_id)
        return kept.head if kept else None

    async def unanswered(self, *, before: float, limit: int) -> Sequence[str]:
        """Return conversations unchanged since ``before`` whose last message had no turn yet."""
        waiting = (
            (kept.changed_at, conversation_id)
            for conversation_id, kept in self._shelf.conversations.items()
            if not kept.head.is_answered and kept.changed_at <= before
        )
        return [conversation_id for _, conversation_id in sorted(waiting)[:limit]]

    async def owned_by(self, owner: Owner, *, after: str = "", limit: int = 500) -> Sequence[str]:
        """Return a page of the conversations that ``owner`` has."""
        return sorted(
            conversation_id
            for conversation_id, kept in self._shelf.conversations.items()
            if kept.head.owner == owner and conversation_id > after
        )[:limit]

    async def listed(self, *, after: str = "", limit: int = 500) -> Sequence[str]:
        """Return a page of all conversations."""
        return sorted(name for name in self._shelf.conversations if name > after)[:limit]

    async def end(self) -> int:
        """Return the position of the last entry of all logs."""
        return len(self._shelf.order)

    async def tail(self, *, after: int, limit: int = 2_000) -> Sequence[tuple[int, str]]:
        """Return what came to all logs behind a position."""
        begin = max(after, 0)
        page = self._shelf.order[begin : begin + limit]
        return list(enumerate(page, start=begin + 1))
