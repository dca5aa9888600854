"""What customers need from the outside; implemented by the stores and the composition root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from kefu.core.shared_state import StateChange, StateValue
from kefu.customers.changes import Step
from kefu.customers.merging import Parting
from kefu.customers.records import (
    Customer,
    Identity,
    IdentityKind,
    Memory,
    Merge,
    Situation,
    TagCount,
    Visit,
)
from kefu.customers.timeline import TimelineEntry

__all__ = [
    "Conversations",
    "CustomerRecords",
    "CustomerStore",
    "Directory",
    "Keys",
    "SharedValues",
    "TagCounts",
    "VisitStore",
]


class CustomerStore(Protocol):
    """Keeps customers, what they are known by and where their addresses lead.

    Every method raises :class:`kefu.errors.Unavailable` when the store cannot be reached.
    """

    async def look(
        self, address: str, *, kind: IdentityKind | None = None, value: str = ""
    ) -> Situation:
        """Return what a claim of an identity at an address meets, read at one moment."""
        ...

    async def apply(self, steps: Sequence[Step]) -> int:
        """Take all steps in order, in one transaction, or none.

        Returns:
            The id of the merge that was written down, or 0.

        Raises:
            Conflict: Something is not as the steps expect.
        """
        ...

    async def parting(self, merge_id: int) -> Parting | None:
        """Return what undoing a merge meets; None when there is no such merge."""
        ...

    async def secret(self, name: str, proposal: str) -> str:
        """Return the secret of that name, which is ``proposal`` when there was none."""
        ...


class Directory(Protocol):
    """Finds customers."""

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer, absorbed ones included."""
        ...

    async def at(self, conversation_id: str) -> Customer | None:
        """Return whose conversation, or address, that is."""
        ...

    async def holder(self, kind: IdentityKind, value: str) -> Customer | None:
        """Return who has an identity."""
        ...

    async def identities(self, customer_id: str) -> Sequence[Identity]:
        """Return what a customer is known by."""
        ...

    async def family(self, customer_id: str) -> Sequence[Customer]:
        """Return a customer and all who were merged into them, the customer first."""
        ...

    async def merges(self, customer_id: str) -> Sequence[Merge]:
        """Return the merges that the customer had a part in, newest first."""
        ...

    async def history(
        self, conversation_id: str, *, before: float, limit: int
    ) -> Sequence[TimelineEntry]:
        """Return the newest entries of one log that are older than ``before``, newest first.

        The log is that of the conversation with exactly this id, whatever the address leads to.
        """
        ...


class TagCounts(Protocol):
    """Knows the tags of all customers."""

    async def tags_in_use(self, key: str, *, limit: int) -> Sequence[TagCount]:
        """Return tags whose :func:`~kefu.customers.tags.tag_key` holds ``key``.

        Those of most customers come first, among equals by their keys. Whoever was merged into a
        customer counts with them, as one.
        """
        ...


class CustomerRecords(CustomerStore, Directory, TagCounts, Protocol):
    """Keeps and finds customers."""


class VisitStore(Protocol):
    """Keeps visits."""

    async def begin(self, visit: Visit, *, keep: int) -> None:
        """Add a visit and drop all but the newest ``keep`` of its conversation."""
        ...

    async def change_latest(
        self, conversation_id: str, change: Callable[[Visit], Visit]
    ) -> Visit | None:
        """Change the newest visit of a conversation; changes at the same time follow one another.

        Args:
            conversation_id: Whose.
            change: Gives what the visit becomes; may be called again, and changes nothing else.

        Returns:
            What the visit is now; None when there is none.
        """
        ...

    async def of(self, conversation_ids: Sequence[str], *, limit: int) -> Sequence[Visit]:
        """Return the newest visits of some conversations, newest first."""
        ...

    async def drop(self, conversation_ids: Sequence[str]) -> None:
        """Forget all visits of some conversations."""
        ...


class SharedValues(Protocol):
    """Small values that all processes keep together and that are gone after a time."""

    async def get(self, key: str, *, now: float) -> StateValue | None:
        """Return a value that has not expired."""
        ...

    async def change(self, change: StateChange, *, expires_at: float | None, now: float) -> bool:
        """Set a value if its version is the expected one, 0 for none; return whether it was."""
        ...


class Conversations(Protocol):
    """The conversations as far as customers need them; the composition root asks the gateway."""

    async def memory(self, conversation_id: str) -> Memory | None:
        """Return what the bot remembers; None when nothing was ever said, or there is no bot."""
        ...

    async def set_slots(self, conversation_id: str, values: dict[str, Any]) -> None:
        """Let the bot know something, in a turn of its own; slots it does not have are left out."""
        ...

    async def redirected(self, conversation_id: str, to: str) -> None:
        """Let whoever follows a conversation look anew where their address leads.

        Messages that were moved to ``to`` get their turn there.
        """
        ...

    async def forget_files(self, address: str) -> None:
        """Delete the files that were kept for a conversation or an address."""
        ...

    async def erased(self, conversation_id: str) -> None:
        """Let no process keep in memory what was erased from a log, nor show it."""
        ...


class Keys(Protocol):
    """The keys that the shop signs with."""

    async def key_set(self, *, is_stale: bool = False) -> Any:
        """Return the key set (RFC 7517), fetched again when ``is_stale``.

        Raises:
            CustomerError: It cannot be had, or is no key set.
        """
        ...
