"""What several processes that serve the same conversations need of one another.

All of it is a help, none of it is the truth: the log is, and the version that its commits compare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from kefu.core.leases import Leases
from kefu.gateway.records import Head, LogEntry, StoredConversation

__all__ = [
    "CHANGED",
    "FREED",
    "SIGNAL",
    "WANTED",
    "Coordination",
    "LiveBus",
    "LiveMessage",
    "Presence",
    "StateCache",
]

CHANGED: Final = "changed"
"""Something was committed to the conversation."""
SIGNAL: Final = "signal"
"""Something happens just now; the body is a :class:`kefu.core.signals.Signal`."""
WANTED: Final = "wanted"
"""Somebody waits for the conversation's lease."""
FREED: Final = "freed"
"""The conversation's lease was given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMessage:
    """Something that just happened; a hint, never stored."""

    conversation_id: str
    kind: str
    """One of this module's constants, or what the body says more about."""
    body: str = ""


class LiveBus(Protocol):
    """Tells the other processes what just happened; what it loses, it loses."""

    @property
    def is_complete(self) -> bool:
        """Whether everything arrives here now that other processes publish."""
        ...

    def publish(self, message: LiveMessage) -> None:
        """Send ``message`` to all other processes, soon."""
        ...

    def subscribe(self, hear: Callable[[LiveMessage], None]) -> Callable[[], None]:
        """Call ``hear`` with what other processes publish, until the result is called."""
        ...


class Presence(Protocol):
    """Who is connected, to whichever process. An id belongs to a kind, such as ``visitor``."""

    async def keep(self, kind: str, ids: Collection[str], *, seconds: float) -> None:
        """Count ``ids`` as connected for ``seconds`` from now."""
        ...

    async def leave(self, kind: str, name: str) -> None:
        """Count ``name`` no longer as connected."""
        ...

    async def is_online(self, kind: str, name: str) -> bool:
        """Whether ``name`` is connected."""
        ...

    async def listed(self, kind: str, *, limit: int = 500) -> Sequence[str]:
        """Return who is connected, those last whose time ends last."""
        ...

    async def count(self, kind: str) -> int:
        """Return how many are connected."""
        ...


class StateCache(Protocol):
    """Keeps what the next turn of a conversation needs, wherever it is taken.

    Only who holds the conversation's lease may write. Writing is begun at once and done soon, in
    order, and before the lease is given back.
    """

    async def get(
        self, conversation_id: str, *, after: int | None = None
    ) -> StoredConversation | None:
        """Return what a turn needs, or what came behind ``after``; None if that cannot be had.

        The version of its head tells how old it is.
        """
        ...

    def put(self, conversation_id: str, stored: StoredConversation) -> None:
        """Keep all of a conversation."""
        ...

    def append(
        self,
        conversation_id: str,
        head: Head,
        entries: Sequence[LogEntry],
        *,
        before: Head,
        begins_anew: bool,
    ) -> None:
        """Add what a commit added.

        Args:
            conversation_id: Of which conversation.
            head: Where it stands now.
            entries: What came to its log.
            before: Where it stood; if the cache stands elsewhere it begins anew.
            begins_anew: Forget earlier entries: there is a newer snapshot in the database.
        """
        ...


def _never(_changed: Callable[[], None]) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """How this process gets along with others that serve the same conversations."""

    leases: Leases
    bus: LiveBus
    cache: StateCache | None = None
    presence: Presence
    on_change: Callable[[Callable[[], None]], None] = field(default=_never)
    """Takes what to call whenever other leases are handed out than before."""
