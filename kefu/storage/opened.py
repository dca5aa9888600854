"""An open store, as the composition root hands it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kefu.core.leases import Leases
from kefu.core.waiting import WaitingConversation
from kefu.gateway.ports import Stores

__all__ = ["Storage", "WaitingQueue"]


class WaitingQueue(Protocol):
    """Keeps the conversations that wait for a human agent."""

    async def open(self, entry: WaitingConversation) -> bool:
        """Add ``entry``; False, and nothing changes, if the conversation already waits."""
        ...

    async def note(self, conversation_id: str, last_message: str) -> None:
        """Remember what a waiting customer wrote meanwhile; ignored for those who do not wait."""
        ...

    async def list(self, limit: int) -> Sequence[WaitingConversation]:
        """Return at most ``limit`` waiting conversations, the longest waiting first."""
        ...

    async def close(self, conversation_id: str, closed_at: float) -> bool:
        """Close the open entry, keeping it for the record; False if there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """All ports of one open store."""

    description: str
    """Where it is, without secrets."""
    stores: Stores
    waiting: WaitingQueue
    leases: Leases
    close: Callable[[], Awaitable[None]]
    """Finishes what is under way and closes the store."""
    check: Callable[[], Awaitable[None]]
    """Returns when the store works; raises :class:`kefu.errors.StorageError` otherwise."""
