"""What the library needs from the outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from kefu.desk.library.records import Act, Item, Step

__all__ = ["HoursRules", "ItemStore", "Variables"]


class ItemStore(Protocol):
    """Keeps items.

    Every method raises :class:`kefu.errors.Unavailable` when the store cannot be reached.
    """

    async def item(self, kind: str, item_id: str) -> Item | None:
        """Return an item."""
        ...

    async def items(self, kind: str, owners: Collection[str] | None = None) -> Sequence[Item]:
        """Return all items of a kind, or those of some owners, the oldest first."""
        ...

    async def revision(self, kind: str) -> int:
        """Return how often the whole of a kind was changed; 0: never."""
        ...

    async def apply(self, steps: Sequence[Step], act: Act | None = None) -> int:
        """Take all steps in order and write ``act`` down, in one transaction, or do nothing.

        Returns:
            The version that the item stored last has now, 0 when none was.

        Raises:
            DeskError: A name is taken (409), or what is to be changed is not there (404).
            Conflict: Something has another version or revision.
        """
        ...

    async def drop_old(self, kind: str, before: float) -> None:
        """Remove the items of a kind that were not changed since then."""
        ...


class Variables(Protocol):
    """Knows what stands for variables in a conversation."""

    async def of(self, conversation_id: str) -> Mapping[str, str] | None:
        """Return variable -> text: ``customer.name``, a slot; None: no such conversation."""
        ...


class HoursRules(Protocol):
    """Understands business hours; the library only keeps them."""

    def checked(self, hours: Any) -> dict[str, Any]:
        """Return hours, given as JSON, in the form that is kept.

        Raises:
            DeskError: They are none (400); ``field`` says where.
        """
        ...

    def state(self, hours: Mapping[str, Any], now: float) -> tuple[bool, float | None]:
        """Return whether it is open, and when that changes next; None: never."""
        ...
