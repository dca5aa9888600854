"""What the desk keeps, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any

from kefu.desk.library.checking import changed_meanwhile, no_such, taken
from kefu.desk.library.records import (
    Act,
    AddItem,
    ChangeItem,
    CountUse,
    DropItem,
    DropOwned,
    Item,
    NewRevision,
    PutItem,
    Step,
)
from kefu.storage.acts import entry_of
from kefu.storage.memory.staff import MemoryStaff

__all__ = ["MemoryDeskItems"]


@dataclass(slots=True)
class _Records:
    """Everything that steps change."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    uses: list[CountUse] = field(default_factory=list)

    def copied(self) -> _Records:
        return _Records(copy(self.items), copy(self.revisions), copy(self.uses))

    @singledispatchmethod
    def take(self, step: Any) -> int:
        raise TypeError(f"no step of the desk's: {step!r}")

    @take.register
    def _(self, step: AddItem) -> int:
        if (step.item.kind, step.item.item_id) in self.items or self._is_taken(step.item):
            raise taken(step.item.kind)
        return self._store(replace(step.item, version=1))

    @take.register
    def _(self, step: ChangeItem) -> int:
        item = step.item
        if self._is_taken(item):
            raise taken(item.kind)
        stored = self.items.get((item.kind, item.item_id))
        if stored is None or stored.version != item.version:
            raise changed_meanwhile(item.kind)
        return self._store(_over(stored, item))

    @take.register
    def _(self, step: PutItem) -> int:
        stored = self.items.get((step.item.kind, step.item.item_id))
        if stored is None:
            return self._store(replace(step.item, version=1))
        return self._store(_over(stored, step.item))

    @take.register
    def _(self, step: DropItem) -> int:
        stored = self.items.get((step.kind, step.item_id))
        if stored is None:
            raise no_such(step.kind)
        if step.version is not None and stored.version != step.version:
            raise changed_meanwhile(step.kind)
        del self.items[step.kind, step.item_id]
        return 0

    @take.register
    def _(self, step: DropOwned) -> int:
        for place, item in tuple(self.items.items()):
            if (item.kind, item.owner) == (step.kind, step.owner):
                del self.items[place]
        return 0

    @take.register
    def _(self, step: CountUse) -> int:
        stored = self.items.get((step.kind, step.item_id))
        if stored is None:
            raise no_such(step.kind)
        used = replace(stored, uses=stored.uses + 1, used_at=step.at)
        self.items[step.kind, step.item_id] = used
        self.uses.append(step)
        return 0

    @take.register
    def _(self, step: NewRevision) -> int:
        before = self.revisions.get(step.kind, 0)
        if step.after is not None and step.after != before:
            raise changed_meanwhile(step.kind)
        self.revisions[step.kind] = before + 1
        return 0

    def _store(self, item: Item) -> int:
        self.items[item.kind, item.item_id] = item
        return item.version

    def _is_taken(self, item: Item) -> bool:
        return any(
            (other.kind, other.key) == (item.kind, item.key) and other.item_id != item.item_id
            for other in self.items.values()
        )


def _over(stored: Item, item: Item) -> Item:
    return replace(
        item,
        version=stored.version + 1,
        uses=stored.uses,
        used_at=stored.used_at,
        created_at=stored.created_at,
    )


class MemoryDeskItems:
    """Keeps items; see :class:`kefu.desk.library.ports.ItemStore`."""

    def __init__(self, staff: MemoryStaff) -> None:
        """Put it together; ``staff`` has the audit log."""
        self._staff = staff
        self._records = _Records()

    async def item(self, kind: str, item_id: str) -> Item | None:
        """Return an item."""
        return self._records.items.get((kind, item_id))

    async def items(self, kind: str, owners: Collection[str] | None = None) -> Sequence[Item]:
        """Return all items of a kind, or those of some owners, the oldest first."""
        found = [
            item
            for item in self._records.items.values()
            if item.kind == kind and (owners is None or item.owner in owners)
        ]
        return sorted(found, key=lambda item: (item.created_at, item.item_id))

    async def revision(self, kind: str) -> int:
        """Return how often the whole of a kind was changed."""
        return self._records.revisions.get(kind, 0)

    async def apply(self, steps: Sequence[Step], act: Act | None = None) -> int:
        """Take all steps in order and write ``act`` down."""
        records, version = self._records.copied(), 0
        for step in steps:
            version = records.take(step) or version
        self._records = records
        if act is not None:
            self._staff.write_down(entry_of(act))
        return version

    async def drop_old(self, kind: str, before: float) -> None:
        """Remove the items of a kind that were not changed since then."""
        for place, item in tuple(self._records.items.items()):
            if item.kind == kind and item.changed_at < before:
                del self._records.items[place]
