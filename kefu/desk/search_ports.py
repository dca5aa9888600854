"""What the search needs from the outside; implemented by the stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kefu.desk.rows import Reach
from kefu.desk.search import Query

__all__ = ["Candidate", "IndexState", "IndexUpkeep", "KnownCustomer", "SearchIndex"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of a log that the index takes for one that was looked for."""

    position: int
    """Place among the entries of all logs."""
    conversation_id: str
    """The log it stands in."""
    leads_to: str
    """The conversation to open: that one, or the one that it was merged into."""
    channel: str
    """The conversation's."""
    seq: int
    kind: str
    timestamp: float
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """A customer as agents may see them."""

    number: int
    """Grows from one new customer to the next."""
    customer_id: str
    conversation_id: str
    channel: str
    """Of the conversation; empty: nothing was said yet."""
    name: str
    texts: tuple[str, ...]
    """What they can be found by: name, number, attributes, identities."""
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """How far the index is."""

    cursor: int
    """Position up to which entries are in it."""
    end: int
    """Position of the last entry of all logs."""
    customers: int
    """Changes of customers that are not in it."""

    @property
    def is_complete(self) -> bool:
        """Whether everything is in it."""
        return self.cursor >= self.end and not self.customers


class SearchIndex(Protocol):
    """Finds; what it gives is looked at again, so that what changed since is not shown.

    Every method raises :class:`kefu.errors.Unavailable` when the store cannot be reached, and
    :class:`kefu.errors.StorageError` when the index is damaged.
    """

    async def messages(self, query: Query, *, below: int | None, limit: int) -> Sequence[Candidate]:
        """Return the newest candidates with positions below ``below``, descending.

        ``channel`` is not looked at. Fewer than ``limit`` are all that there are.
        """
        ...

    async def customers(
        self, query: Query, *, below: int | None, limit: int
    ) -> Sequence[KnownCustomer]:
        """Return the newest candidates with numbers below ``below``, descending.

        Those who were merged into others are found as these. Fewer than ``limit`` are all.
        """
        ...

    async def names(self, conversation_ids: Collection[str]) -> Mapping[str, str]:
        """Return the names of those customers of conversations that have one agents may see."""
        ...

    async def readable(self, conversation_ids: Collection[str], reach: Reach) -> Collection[str]:
        """Return those conversations that somebody may read."""
        ...


class IndexUpkeep(Protocol):
    """Keeps the index up to date."""

    async def advance(self, limit: int) -> bool:
        """Take the next entries and changed customers in, at most ``limit`` of each.

        Which ones are next is kept in the same transaction. One process at a time calls it.

        Returns:
            Whether there may be more already.
        """
        ...

    async def state(self) -> IndexState:
        """Return how far it is."""
        ...

    async def clear(self) -> None:
        """Throw everything away, damaged or not, and begin at the first entry again."""
        ...
