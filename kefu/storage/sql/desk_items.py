"""What the desk keeps, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

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
from kefu.storage.sql.staff_steps import writing_down
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlDeskItems"]


class SqlDeskItems:
    """Keeps items; see :class:`kefu.desk.library.ports.ItemStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def item(self, kind: str, item_id: str) -> Item | None:
        """Return an item."""
        rows = await self._database.rows("desk_item", {"kind": kind, "item_id": item_id})
        return _item(rows[0]) if rows else None

    async def items(self, kind: str, owners: Collection[str] | None = None) -> Sequence[Item]:
        """Return all items of a kind, or those of some owners, the oldest first."""
        if owners is None:
            return [_item(row) for row in await self._database.rows("desk_items", {"kind": kind})]
        return await self._database.read(lambda: _items_of(kind, sorted(set(owners))))

    async def revision(self, kind: str) -> int:
        """Return how often the whole of a kind was changed."""
        rows = await self._database.rows("desk_revision", {"kind": kind})
        return int(rows[0][0]) if rows else 0

    async def apply(self, steps: Sequence[Step], act: Act | None = None) -> int:
        """Take all steps in order and write ``act`` down."""
        return await self._database.write(lambda: _taking(steps, act))

    async def drop_old(self, kind: str, before: float) -> None:
        """Remove the items of a kind that were not changed since then."""
        await self._database.write_once("drop_old_desk_items", {"kind": kind, "before": before})


def _items_of(kind: str, owners: Sequence[str]) -> Work[Sequence[Item]]:
    found: list[Item] = []
    for owner in owners:
        rows = yield "desk_items_of", {"kind": kind, "owner": owner}
        found.extend(map(_item, rows))
    return sorted(found, key=lambda item: (item.created_at, item.item_id))


def _taking(steps: Sequence[Step], act: Act | None) -> Work[int]:
    if act is not None:
        yield from writing_down(entry_of(act))  # first: it takes the lock of the audit log
    version = 0
    for step in steps:
        version = (yield from _WORK[type(step)](step)) or version
    return version


def _add(step: AddItem) -> Work[int]:
    rows = yield "add_desk_item", _values(step.item)
    if not rows:
        raise taken(step.item.kind)
    return int(rows[0][0])


def _change(step: ChangeItem) -> Work[int]:
    values = _values(step.item)
    if (yield "desk_item_so", values):
        raise taken(step.item.kind)
    rows = yield "change_desk_item", values
    if not rows:
        raise changed_meanwhile(step.item.kind)
    return int(rows[0][0])


def _put(step: PutItem) -> Work[int]:
    rows = yield "put_desk_item", _values(step.item)
    return int(rows[0][0])


def _drop(step: DropItem) -> Work[int]:
    place = {"kind": step.kind, "item_id": step.item_id}
    rows = yield "lock_desk_item", place
    if not rows:
        raise no_such(step.kind)
    if step.version is not None and rows[0][0] != step.version:
        raise changed_meanwhile(step.kind)
    yield "drop_desk_item", place
    return 0


def _drop_owned(step: DropOwned) -> Work[int]:
    yield "drop_desk_items_of", {"kind": step.kind, "owner": step.owner}
    return 0


def _use(step: CountUse) -> Work[int]:
    values = {
        "kind": step.kind,
        "item_id": step.item_id,
        "agent_id": step.agent_id,
        "conversation_id": step.conversation_id,
        "at": step.at,
    }
    if not (yield "use_desk_item", values):
        raise no_such(step.kind)
    yield "add_desk_use", values
    return 0


def _new_revision(step: NewRevision) -> Work[int]:
    rows = yield "count_desk_revision", {"kind": step.kind}
    if step.after is not None and rows[0][0] != step.after + 1:
        raise changed_meanwhile(step.kind)
    return 0


_WORK: Final[Mapping[type[Any], Callable[[Any], Work[int]]]] = {
    AddItem: _add,
    ChangeItem: _change,
    PutItem: _put,
    DropItem: _drop,
    DropOwned: _drop_owned,
    CountUse: _use,
    NewRevision: _new_revision,
}


def _item(row: Sequence[Any]) -> Item:
    return Item(
        kind=row[0],
        item_id=row[1],
        owner=row[2],
        key=row[3],
        body=row[4],
        version=row[5],
        uses=row[6],
        used_at=row[7],
        created_at=row[8],
        changed_at=row[9],
    )


def _values(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "item_id": item.item_id,
        "owner": item.owner,
        "name_key": item.key,
        "body": item.body,
        "version": item.version,
        "created_at": item.created_at,
        "changed_at": item.changed_at,
    }
