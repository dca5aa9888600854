"""Items as they are stored, and what a decision wants done to them: steps, all of them or none.

Everything that agents and administrators keep has the same outside: a kind, an id, an owner, a name
that may have to be unique, a version. Inside it is JSON that only its own module understands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = [
    "Act",
    "AddItem",
    "By",
    "ChangeItem",
    "CountUse",
    "DropItem",
    "DropOwned",
    "Item",
    "Kept",
    "NewRevision",
    "PutItem",
    "Step",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something, and from where."""

    agent_id: str
    """Account; empty where no account did it."""
    name: str
    address: str = ""
    """Network address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An administrative act: stores write it to the audit log in the transaction of its steps."""

    at: float
    by: By
    what: str
    """Such as ``label.created``; see docs/howto/set_up_the_desk.md."""
    subject: str
    """Id of what it was done to."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What is worth knowing, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that is kept, as stores see it."""

    kind: str
    item_id: str
    owner: str = ""
    """Id of whoever, or whatever, it belongs to."""
    key: str
    """Unique within the kind."""
    body: str
    """JSON."""
    version: int = 1
    uses: int = 0
    used_at: float | None = None
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[T]):
    """Something that is kept, as its own module sees it."""

    item_id: str
    what: T
    version: int
    uses: int = 0
    used_at: float | None = None
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class AddItem:
    """Store an item whose id and key are new."""

    item: Item


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """Store an item again: its version is the one expected. Uses and ``created_at`` stay."""

    item: Item


@dataclass(frozen=True, slots=True)
class PutItem:
    """Store an item, whatever its version was; ``created_at`` stays."""

    item: Item


@dataclass(frozen=True, slots=True)
class DropItem:
    """Remove an item."""

    kind: str
    item_id: str
    version: int | None = None
    """The version that is expected; None: any."""


@dataclass(frozen=True, slots=True)
class DropOwned:
    """Remove everything of a kind that belongs to somebody; nothing happens when there is none."""

    kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class CountUse:
    """Count, and remember, that an item was used in a conversation; its version stays."""

    kind: str
    item_id: str
    agent_id: str
    conversation_id: str
    at: float


@dataclass(frozen=True, slots=True)
class NewRevision:
    """Let the whole of a kind have a new revision, by which others see that they read old things.

    With ``after`` it goes on only if that is the revision before: nothing changed since it was
    read. Who changes a kind that has revisions does so after this step, so one after the other.
    """

    kind: str
    after: int | None = None


Step: TypeAlias = AddItem | ChangeItem | PutItem | DropItem | DropOwned | CountUse | NewRevision
