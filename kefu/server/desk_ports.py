"""What the routes of the desk need besides the desk itself; the composition root puts it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

from kefu.core.attachments import Kept
from kefu.core.signals import Signal
from kefu.desk.ports import Entry

__all__ = [
    "AgentFiles",
    "Allowances",
    "Customers",
    "Delivered",
    "Head",
    "ItemState",
    "Left",
    "Orders",
    "Passage",
    "Threads",
]


ItemState = Literal["pending", "sent", "delivered", "read", "failed", "held"]
"""How far something got; held: until the customer writes, or until it is released."""


class Delivered(Protocol):
    """What became of a reply."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def seq(self) -> int:
        """Place of what it says in the log."""
        ...

    @property
    def channel(self) -> str:
        """On which channel."""
        ...

    @property
    def state(self) -> ItemState:
        """How far it got."""
        ...

    @property
    def error(self) -> str | None:
        """Why not further."""
        ...

    @property
    def retry_at(self) -> float:
        """When it may be tried again."""
        ...


class Head(Protocol):
    """Where a conversation stands."""

    @property
    def owner(self) -> str:
        """Who answers."""
        ...

    @property
    def channel(self) -> str:
        """Channel of the latest message."""
        ...

    @property
    def address(self) -> str:
        """The customer's address there; empty: the conversation's id."""
        ...

    @property
    def last_seq(self) -> int:
        """Place of the last entry of its log."""
        ...


class Passage(Protocol):
    """A stretch of a conversation's log."""

    @property
    def conversation_id(self) -> str:
        """The conversation that the address leads to."""
        ...

    @property
    def entries(self) -> Sequence[Entry]:
        """Its events and notes, oldest first."""
        ...


class Threads(Protocol):
    """Reads the logs of conversations and tells of what happens; the gateway."""

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        ...

    async def head(self, conversation_id: str) -> Head | None:
        """Return where a conversation stands, or None if nothing was ever logged for it."""
        ...

    async def passage(
        self, address: str, *, after: int = 0, limit: int | None = None, follows: bool = True
    ) -> Passage:
        """Return committed events and notes behind ``after``, oldest first.

        With ``follows`` false, of the conversation with exactly this id, merged or not.
        """
        ...

    async def earlier(self, conversation_id: str, *, before: int, limit: int) -> Sequence[Entry]:
        """Return the events and notes among the last ``limit`` entries below ``before``."""
        ...

    async def note(self, conversation_id: str, body: Mapping[str, Any]) -> int:
        """Put a note into the log; return its place."""
        ...

    async def deliveries_between(
        self, conversation_id: str, *, first: int, last: int
    ) -> Sequence[Delivered]:
        """Return what became of what stands at these places of a log, both included."""
        ...

    def watch(
        self,
        conversation_id: str,
        hint: Callable[[], None],
        *,
        signals: Callable[[Signal], None] | None = None,
    ) -> Callable[[], None]:
        """Call ``hint`` after each commit to the conversation, until the result is called."""
        ...

    def signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell whoever watches the conversation, in every process; nothing is stored."""
        ...


class Left(Protocol):
    """What a customer may still be sent on a channel."""

    @property
    def messages(self) -> int:
        """How many."""
        ...

    @property
    def of(self) -> int:
        """... of how many."""
        ...

    @property
    def ends(self) -> float | None:
        """Until when."""
        ...


Allowances = Callable[[str, str], Awaitable[Left | None]]
"""Takes channel and address; returns None where nothing is counted."""


class Orders(Protocol):
    """The shop's orders."""

    async def of(self, customer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return a customer's orders, the newest first.

        Raises:
            Unavailable: The shop cannot be asked; the text says why.
        """
        ...


class AgentFiles(Protocol):
    """Keeps the files that agents send."""

    async def put(
        self, data: bytes, *, name: str | None, declared_type: str | None, conversation_id: str
    ) -> Kept:
        """Keep a file, or raise :class:`kefu.errors.AttachmentRefused`."""
        ...

    async def find(self, attachment_id: str) -> Kept | None:
        """Return what is known of a file; None when there is none of that id."""
        ...

    def link(self, attachment_id: str) -> str:
        """Return an address at which the file can be had for a while."""
        ...

    @property
    def max_bytes(self) -> int:
        """How large a file may be."""
        ...


class Customers(Protocol):
    """Shows customers; see :class:`kefu.customers.views.CustomerViews`."""

    async def at(self, conversation_id: str) -> dict[str, Any] | None:
        """Return whoever a conversation belongs to."""
        ...

    async def merges(self, customer_id: str) -> list[dict[str, Any]] | None:
        """Return the merges that led to a customer, newest first."""
        ...
