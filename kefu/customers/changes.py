"""What a decision wants done: steps that a store takes in order, all of them or none.

A step that finds another state than it was decided on makes the store raise
:class:`kefu.errors.Conflict`; the decision is then made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kefu.customers.records import Customer, Identity, Line, Merge

__all__ = [
    "AddCustomer",
    "AddMerge",
    "Append",
    "ChangeCustomer",
    "ClaimIdentity",
    "DropIdentity",
    "EndMerge",
    "Erase",
    "GiveBack",
    "HandOver",
    "Occupy",
    "Rename",
    "SetAlias",
    "Step",
]


@dataclass(frozen=True, slots=True)
class AddCustomer:
    """Store a customer who is new."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class ChangeCustomer:
    """Store a customer again: ``customer.version`` is the version that is expected."""

    customer: Customer


@dataclass(frozen=True, slots=True)
class ClaimIdentity:
    """Give an identity to a customer: a new one, or the one that ``held_by`` has."""

    identity: Identity
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class DropIdentity:
    """Forget an identity."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class SetAlias:
    """Lead an address to a conversation, from where it is expected to lead; None: by its name."""

    address: str
    expected: str | None
    conversation_id: str | None


@dataclass(frozen=True, slots=True)
class Append:
    """Append to a log, which is expected to be at ``version``; 0 begins it."""

    conversation_id: str
    version: int
    owner: str
    lines: tuple[Line, ...]
    at: float


@dataclass(frozen=True, slots=True)
class HandOver:
    """Move messages that wait for an answer, and reminders, to another conversation.

    The former one takes no messages from then on: one that comes at the same moment goes where its
    address leads by then. Nobody waits for an agent in the former one any more.
    """

    from_conversation: str
    to_conversation: str
    reminders: tuple[int, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Occupy:
    """Keep a conversation from beginning under a name that is led elsewhere.

    Nothing may have been said in it yet.
    """

    conversation_id: str
    at: float


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Move those of the reminders back that are still pending; messages are taken there again."""

    reminders: tuple[int, ...]
    from_conversation: str
    to_conversation: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a conversation another id, wherever it stands."""

    conversation_id: str
    new_id: str


@dataclass(frozen=True, slots=True)
class AddMerge:
    """Write a merge down."""

    merge: Merge


@dataclass(frozen=True, slots=True)
class EndMerge:
    """Note that a merge was undone."""

    merge_id: int
    at: float


@dataclass(frozen=True, slots=True)
class Erase:
    """Take away what was said in a customer's conversation, and what follows from it.

    Every entry of the log becomes a note without content, at its place; one more, :data:`ERASED`,
    tells when. Notes about merges stay. Snapshot, deliveries and reminders go, messages without an
    answer count as answered, and merges of the customer no longer know the values of slots.
    """

    customer_id: str
    conversation_id: str
    at: float


Step: TypeAlias = (
    AddCustomer
    | ChangeCustomer
    | ClaimIdentity
    | DropIdentity
    | SetAlias
    | Append
    | HandOver
    | Occupy
    | GiveBack
    | Rename
    | AddMerge
    | EndMerge
    | Erase
)
