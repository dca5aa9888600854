"""What the server needs to know of customers; see :mod:`kefu.customers`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, Protocol

__all__ = ["CustomerChanges", "CustomerViews", "Reference", "TagCount", "Tagged", "Tags"]


class Reference(Protocol):
    """A customer."""

    @property
    def customer_id(self) -> str:
        """Who."""
        ...

    @property
    def conversation_id(self) -> str:
        """Their conversation."""
        ...


class Tagged(Reference, Protocol):
    """A customer with tags."""

    @property
    def tags(self) -> tuple[str, ...]:
        """All of them, in order."""
        ...

    @property
    def added(self) -> tuple[str, ...]:
        """Those that were not there before."""
        ...

    @property
    def removed(self) -> tuple[str, ...]:
        """Those that are not there any more."""
        ...


class TagCount(Protocol):
    """A tag that customers have."""

    @property
    def tag(self) -> str:
        """In one of its spellings."""
        ...

    @property
    def customers(self) -> int:
        """How many have it."""
        ...


class Tags(Protocol):
    """The tags of customers."""

    async def change(
        self, customer_id: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> Tagged:
        """Put tags on a customer, and take tags off."""
        ...

    async def change_at(
        self, address: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> Tagged:
        """Do the same to whoever is at an address, who is made up if there is nobody."""
        ...

    async def in_use(self, words: str = "", *, limit: int) -> Sequence[TagCount]:
        """Return tags that customers have, those of most customers first."""
        ...


class CustomerChanges(Protocol):
    """What can be done to customers; raises :class:`kefu.errors.CustomerError` when it cannot."""

    @property
    def tags(self) -> Tags:
        """What the staff call them."""
        ...

    async def by_phone(self, number: str) -> Reference | None:
        """Return who has a telephone number."""
        ...

    async def identify(
        self,
        address: str,
        *,
        kind: Literal["unionid", "phone", "user"],
        value: str,
        is_verified: bool,
    ) -> Reference:
        """Take note of an identity; a verified one that another customer has merges the two."""
        ...

    async def merge(self, customer_id: str, other_id: str) -> Reference:
        """Make one customer of two; return the one who is kept."""
        ...

    async def undo(self, merge_id: int) -> Reference:
        """Part two customers again; return the one who was absorbed."""
        ...

    async def hide(self, address: str, names: Collection[str], *, is_hidden: bool = True) -> None:
        """Keep fields from agents and bot, or show them again."""
        ...

    async def forget(self, address: str, names: Collection[str]) -> None:
        """Delete what the customer gave."""
        ...


class CustomerViews(Protocol):
    """What is shown of customers, as JSON values; None when there is no such customer."""

    async def customer(self, customer_id: str) -> dict[str, Any] | None:
        """Return a customer; of one who was absorbed, whoever absorbed them."""
        ...

    async def at(self, conversation_id: str) -> dict[str, Any] | None:
        """Return whoever a conversation, or an address, belongs to."""
        ...

    async def holder(
        self, kind: Literal["address", "user", "unionid", "phone"], value: str
    ) -> dict[str, Any] | None:
        """Return whoever has an identity."""
        ...

    async def timeline(
        self, customer_id: str, *, before: float, limit: int
    ) -> list[dict[str, Any]] | None:
        """Return the newest entries older than ``before`` of all their logs, oldest first."""
        ...

    async def visits(self, customer_id: str, *, limit: int) -> list[dict[str, Any]] | None:
        """Return the newest visits, newest first."""
        ...

    async def merges(self, customer_id: str) -> list[dict[str, Any]] | None:
        """Return the merges that led to the customer, newest first."""
        ...
