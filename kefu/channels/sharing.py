"""What channels share: values across processes, counters, files and customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from kefu.clock import Clock
from kefu.core.shared_state import StateChange, StateValue

__all__ = [
    "Attachment",
    "Attachments",
    "ChannelCounters",
    "ChannelState",
    "CustomerRef",
    "Customers",
    "StateChange",
    "StateStore",
    "StateValue",
    "TimedState",
]


class ChannelState(Protocol):
    """Small values that the processes of an app keep together: tokens, cursors, quotas."""

    async def get(self, key: str) -> StateValue | None:
        """Return a value; None when there is none or it has expired."""
        ...

    async def put(self, key: str, value: str, *, expires_in: float | None = None) -> None:
        """Set a value, whatever it was; it is gone after ``expires_in`` seconds."""
        ...

    async def change(
        self, key: str, value: str, *, expected_version: int, expires_in: float | None = None
    ) -> bool:
        """Set a value if its version is the expected one, 0 for none; return whether it was."""
        ...


class StateStore(Protocol):
    """Where :class:`TimedState` keeps values; times are seconds since the Unix epoch."""

    async def get(self, key: str, *, now: float) -> StateValue | None:
        """Return a value that has not expired."""
        ...

    async def put(self, key: str, value: str, *, expires_at: float | None) -> None:
        """Set a value, whatever it was."""
        ...

    async def change(self, change: StateChange, *, expires_at: float | None, now: float) -> bool:
        """Set a value if its version is the expected one; return whether it was."""
        ...


class TimedState:
    """A :class:`ChannelState` over a store that does not know the time."""

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, key: str) -> StateValue | None:
        """Return a value; None when there is none or it has expired."""
        return await self._store.get(key, now=self._clock.now())

    async def put(self, key: str, value: str, *, expires_in: float | None = None) -> None:
        """Set a value, whatever it was."""
        await self._store.put(key, value, expires_at=self._ends(expires_in))

    async def change(
        self, key: str, value: str, *, expected_version: int, expires_in: float | None = None
    ) -> bool:
        """Set a value if its version is the expected one; return whether it was."""
        change = StateChange(key, value, expected_version)
        now = self._clock.now()
        return await self._store.change(change, expires_at=self._ends(expires_in), now=now)

    def _ends(self, expires_in: float | None) -> float | None:
        return None if expires_in is None else self._clock.now() + expires_in


@dataclass(slots=True)
class ChannelCounters:
    """What happened on channels; shown at ``/metrics`` as ``kefu_channel_events_total``."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Channel and event -> how often."""

    def count(self, channel: str, what: str, n: int = 1) -> None:
        """Count an event such as ``bad_signature``, ``replayed`` or ``too_large``."""
        self.counts[channel, what] += n


class Attachment(Protocol):
    """A file that somebody sent."""

    @property
    def attachment_id(self) -> str:
        """Its random name."""
        ...

    @property
    def name(self) -> str:
        """What the sender calls it."""
        ...

    @property
    def content_type(self) -> str:
        """What it is, by its first bytes."""
        ...

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    @property
    def conversation_id(self) -> str:
        """The address that it was kept for."""
        ...


class Attachments(Protocol):
    """The store of attachments."""

    async def put(
        self, data: bytes, *, name: str | None, declared_type: str | None, conversation_id: str
    ) -> Attachment:
        """Keep a file.

        Raises:
            ChannelError: It is too large, or of a type that is not allowed.
        """
        ...

    @property
    def max_bytes(self) -> int:
        """How large a file may be."""
        ...

    @property
    def types(self) -> Sequence[str]:
        """Types that are taken; ``image/*`` stands for all pictures."""
        ...

    async def find(self, attachment_id: str) -> Attachment | None:
        """Return what is known of a file; None when there is none of that id."""
        ...

    async def get(self, attachment_id: str) -> tuple[Attachment, bytes] | None:
        """Return a file; None when there is none of that id."""
        ...

    def link(self, attachment_id: str, *, seconds: float = 3600) -> str:
        """Return an address at which the file can be had for ``seconds``."""
        ...


class CustomerRef(Protocol):
    """A customer that an address was found to belong to."""

    @property
    def customer_id(self) -> str:
        """Whom."""
        ...

    @property
    def conversation_id(self) -> str:
        """The one conversation they have."""
        ...


class Customers(Protocol):
    """Who is behind an address."""

    async def sign_in(self, address: str, token: str) -> CustomerRef:
        """Take note that the shop says who it is.

        Raises:
            ChannelError: The token is not good.
        """
        ...

    async def identify(
        self,
        address: str,
        *,
        kind: Literal["unionid", "phone", "user"],
        value: str,
        is_verified: bool,
    ) -> CustomerRef:
        """Take note of an identity; a verified one that is known already merges the two."""
        ...

    async def set_attributes(self, address: str, attributes: Mapping[str, Any]) -> None:
        """Keep what the page says about the customer."""
        ...

    async def profile(self, conversation_id: str) -> Mapping[str, Any] | None:
        """Return what may be shown of whoever an address belongs to; None for nobody.

        ``customer_id``, ``conversation_id``, ``name``, ``phone``, ``has_verified_phone``,
        ``attributes``, ``hidden``, ``consents`` (``visits`` -> bool).
        """
        ...

    async def hide(self, address: str, names: Collection[str], *, is_hidden: bool = True) -> None:
        """Keep fields (``name``, ``phone``, ``attributes.<key>``, ``visits``) from agents and bot.

        Raises:
            ChannelError: There is no such field.
        """
        ...

    async def forget(self, address: str, names: Collection[str]) -> None:
        """Delete what the customer gave: fields as above, or ``messages`` for all that was said.

        Raises:
            ChannelError: There is no such field.
        """
        ...

    async def set_consent(self, address: str, *, consents: bool) -> None:
        """Note whether visits may be kept; taking it back deletes them."""
        ...

    async def visit(
        self, address: str, *, url: str, title: str | None = None, referrer: str | None = None
    ) -> bool:
        """Keep the visit of a page; False, and nothing is kept, without consent.

        Raises:
            ChannelError: ``url`` is no address of a page.
        """
        ...

    async def track(self, address: str, event: str, data: Mapping[str, Any]) -> bool:
        """Keep an event on the page opened last; False, and nothing is kept, without consent.

        Raises:
            ChannelError: The event has no name, or too much data.
        """
        ...

    async def seen(self, address: str) -> None:
        """Note that the customer is still on the page."""
        ...
