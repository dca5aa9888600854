"""Keeps the items of one kind: encodes them, checks versions, and tells the audit log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import msgspec

from kefu.clock import Clock
from kefu.core.ids import is_id, new_id
from kefu.desk.library.checking import changed_meanwhile, no_such, taken, too_many
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import (
    Act,
    AddItem,
    By,
    ChangeItem,
    DropItem,
    Item,
    Kept,
    NewRevision,
    Step,
)
from kefu.errors import DeskError

__all__ = ["Keeping", "Kind", "difference"]

T = TypeVar("T")

_LONGEST_TOLD: Final = 200
_encode = msgspec.json.Encoder().encode


def _nobody(_: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """What is particular to one kind."""

    name: str
    """In the store, and in acts of the audit log."""
    words: str
    """For people, such as ``canned reply``."""
    plural: str
    prefix: str
    """Of ids."""
    record: type[T]
    key: Callable[[T], str] | None = None
    """Gives what has to be unique; None: nothing has to."""
    key_field: str = "name"
    """The field that has to be unique."""
    owner: Callable[[T], str] = _nobody
    most: int
    """How many an owner has at most; ``owner`` gives "" for what belongs to all."""
    has_revisions: bool = True
    """Whether others have to see at once that something changed."""
    is_told: Callable[[T], bool] = lambda _: True
    """Whether changes are administrative acts."""


class Keeping(Generic[T]):
    """Keeps one kind."""

    def __init__(self, store: ItemStore, clock: Clock, kind: Kind[T]) -> None:
        self._store = store
        self._clock = clock
        self._kind = kind
        self._decode = msgspec.json.Decoder(kind.record).decode

    async def all(self, owners: Collection[str] | None = None) -> list[Kept[T]]:
        """Return all, or those of some owners, the oldest first."""
        return [self._kept(item) for item in await self._store.items(self._kind.name, owners)]

    async def find(self, item_id: str) -> Kept[T] | None:
        """Return one."""
        item = await self._store.item(self._kind.name, item_id)
        return None if item is None else self._kept(item)

    async def one(self, item_id: str) -> Kept[T]:
        """Return one.

        Raises:
            DeskError: There is none (404).
        """
        found = await self.find(item_id) if is_id(item_id, self._kind.prefix) else None
        if found is None:
            raise no_such(self._kind.words)
        return found

    async def revision(self) -> int:
        """Return how often something of the kind was changed."""
        return await self._store.revision(self._kind.name)

    async def add(
        self,
        by: By,
        what: T,
        *,
        item_id: str = "",
        before: Sequence[Step] = (),
        after: int | None = None,
    ) -> Kept[T]:
        """Keep something new.

        Args:
            by: Who does it.
            what: What to keep.
            item_id: Its id; empty: a new one.
            before: Steps to take before it, in the same transaction.
            after: The revision that it is based on.

        Raises:
            DeskError: Its name is taken, or there are too many (409).
            Conflict: The kind has another revision.
        """
        await self._check_room(what)
        item = self.item(what, item_id or new_id(self._kind.prefix))
        steps = [*self._new_revision(after), *before, AddItem(item)]
        told = {k: v for k, v in self._plain(what).items() if v not in ("", None)}
        await self._apply(steps, self._act(by, "created", item, what, told))
        return self._kept(item)

    async def change(
        self,
        by: By,
        before: Kept[T],
        what: T,
        *,
        version: int | None = None,
        after: int | None = None,
    ) -> Kept[T]:
        """Keep something else in the place of ``before``.

        Args:
            by: Who does it.
            before: What is there.
            what: What to keep.
            version: The version that is expected; None: that of ``before``.
            after: The revision that it is based on.

        Raises:
            DeskError: Its name is taken, or its new owner has too many (409).
            Conflict: There is another version, or revision.
        """
        if version is not None and version != before.version:
            raise changed_meanwhile(self._kind.words)
        if what == before.what:
            return before
        if self._kind.owner(what) != self._kind.owner(before.what):
            await self._check_room(what)
        item = replace(
            self.item(what, before.item_id), version=before.version, created_at=before.created_at
        )
        told = difference(self._plain(before.what), self._plain(what))
        is_told = self._kind.is_told(what) or self._kind.is_told(before.what)
        act = self._act(by, "changed", item, what, told, is_told=is_told)
        version = await self._apply([*self._new_revision(after), ChangeItem(item)], act)
        kept = self._kept(replace(item, version=version))
        return replace(kept, uses=before.uses, used_at=before.used_at)

    async def remove(self, by: By, before: Kept[T], *, after: int | None = None) -> None:
        """Keep something no longer.

        Raises:
            DeskError: It is gone already (404).
            Conflict: There is another version, or revision.
        """
        item = self.item(before.what, before.item_id)
        told = {k: v for k, v in self._plain(before.what).items() if v not in ("", None)}
        drop = DropItem(self._kind.name, before.item_id, before.version)
        act = self._act(by, "removed", item, before.what, told)
        await self._apply([*self._new_revision(after), drop], act)

    def item(self, what: T, item_id: str) -> Item:
        """Return something new as stores see it."""
        now = self._clock.now()
        kind = self._kind
        return Item(
            kind=kind.name,
            item_id=item_id,
            owner=kind.owner(what),
            key=item_id if kind.key is None else kind.key(what) or item_id,
            body=_encode(what).decode(),
            created_at=now,
            changed_at=now,
        )

    async def _apply(self, steps: Sequence[Step], act: Act | None) -> int:
        try:
            return await self._store.apply(steps, act)
        except DeskError as error:
            if error.problem == "name-taken":
                raise taken(self._kind.words, self._kind.key_field) from error
            raise

    async def _check_room(self, what: T) -> None:
        owner = self._kind.owner(what)
        if len(await self._store.items(self._kind.name, [owner])) >= self._kind.most:
            raise too_many(self._kind.plural, self._kind.most)

    def _kept(self, item: Item) -> Kept[T]:
        return Kept(
            item_id=item.item_id,
            what=self._decode(item.body),
            version=item.version,
            uses=item.uses,
            used_at=item.used_at,
            created_at=item.created_at,
            changed_at=item.changed_at,
        )

    def _new_revision(self, after: int | None) -> list[Step]:
        return [NewRevision(self._kind.name, after)] if self._kind.has_revisions else []

    def _plain(self, what: T) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(what)
        return plain

    def _act(
        self,
        by: By,
        verb: str,
        item: Item,
        what: T,
        told: Mapping[str, Any],
        *,
        is_told: bool | None = None,
    ) -> Act | None:
        if not (self._kind.is_told(what) if is_told is None else is_told):
            return None
        return Act(
            at=self._clock.now(),
            by=by,
            what=f"{self._kind.name}.{verb}",
            subject=item.item_id,
            data={name: _short(value) for name, value in told.items()},
        )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that change, each with its value before and after."""
    return {
        name: [_short(before.get(name)), _short(after.get(name))]
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    }


def _short(value: Any) -> Any:
    is_long = isinstance(value, str) and len(value) > _LONGEST_TOLD
    return f"{value[:_LONGEST_TOLD]}…" if is_long else value
