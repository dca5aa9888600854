"""What trainers decided on messages, kept in the store so that all of them see it.

A message is known by its key, what all messages that say the same have in common; a decision is on
a whole group, and is one item for each of its keys. What somebody decides on is given out to one
only: the second one is refused, and sees what the first one did.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import msgspec

from kefu.clock import Clock
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import Act, AddItem, By, ChangeItem, DropItem, Item, Step
from kefu.errors import Conflict, DeskError
from kefu.evaluation.inbox.reversing import Reversal

__all__ = ["LATER_SECONDS", "Decided", "Decision", "Decisions", "decided_already"]

Decision = Literal["accepted", "dismissed", "later"]
KIND: Final = "inbox_decision"
LATER_SECONDS: Final = 7 * 86_400.0
"""What was put off comes again after so long."""
PENDING_SECONDS: Final = 120.0
"""What was accepted, and not written after so long, comes again: who wrote it was ended."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision on a message."""

    key: str
    decision: Decision
    group: str
    """Id of the group that it was decided with."""
    place: int = 0
    """Within the group; what leads it comes first."""
    by: str = ""
    """Name of the trainer."""
    at: float = 0.0
    text: str = ""
    """Of the message, without what tells who wrote it."""
    intent: str = ""
    source: str = ""
    """The example that was written; empty: it is like another one that was."""
    file: str = ""
    line: int = 0
    is_pending: bool = False
    """It was accepted and is being written."""
    undo: tuple[Reversal, ...] = ()
    """What takes the changes of the files back; with one of a group's decisions."""

    def counts(self, now: float) -> bool:
        """Whether it still keeps the message out of the inbox."""
        if self.is_pending:
            return now < self.at + PENDING_SECONDS
        return self.decision != "later" or now < self.at + LATER_SECONDS


@dataclass(frozen=True, slots=True)
class _Kept:
    decided: Decided
    version: int


class Decisions:
    """Keeps decisions."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def act(self, by: By, what: str, group: str, data: Mapping[str, Any]) -> Act:
        """Return what is written down in the audit log."""
        known = {name: value for name, value in data.items() if value}
        return Act(at=self._clock.now(), by=by, what=f"training.{what}", subject=group, data=known)

    async def all(self) -> dict[str, Decided]:
        """Return the decisions that count, by key."""
        now = self._clock.now()
        kept = [_kept(item) for item in await self._store.items(KIND)]
        return {one.decided.key: one.decided for one in kept if one.decided.counts(now)}

    async def of(self, group: str) -> list[Decided]:
        """Return the decisions on a group; empty: there are none."""
        return _led([_kept(item).decided for item in await self._store.items(KIND, {group})])

    async def take(self, decided: Sequence[Decided], act: Act | None = None) -> list[Decided]:
        """Keep decisions, all of them or none, and write ``act`` down with them.

        Raises:
            DeskError: Somebody has decided on one of the messages already (409).
        """
        now = self._clock.now()
        known = {one.decided.key: one for one in map(_kept, await self._store.items(KIND))}
        dated = [msgspec.structs.replace(one, at=now) for one in decided]
        steps: list[Step] = []
        for one in dated:
            before = known.get(one.key)
            if before is None:
                steps.append(AddItem(_item(one)))
            elif before.decided.counts(now) and before.decided.decision != "later":
                raise decided_already(before.decided)
            else:
                steps.append(ChangeItem(replace(_item(one), version=before.version)))
        await self._applied(steps, act)
        return dated

    async def note(self, decided: Iterable[Decided], act: Act) -> None:
        """Keep what is known of decisions that were taken by now, and write ``act`` down."""
        known = {one.decided.key: one for one in map(_kept, await self._store.items(KIND))}
        steps: list[Step] = [
            ChangeItem(replace(_item(one), version=known[one.key].version))
            for one in decided
            if one.key in known
        ]
        await self._applied(steps, act)

    async def write_down(self, act: Act) -> None:
        """Write something down in the audit log."""
        await self._applied([], act)

    async def take_back(self, group: str) -> list[Decided]:
        """Forget the decisions on a group, and return them.

        Raises:
            DeskError: There are none (404), or somebody else took them back meanwhile (409).
        """
        items = await self._store.items(KIND, {group})
        if not items:
            raise DeskError(
                "not-found", f"nothing was decided on {group!r} that could be undone", status=404
            )
        await self._applied([DropItem(KIND, item.item_id, item.version) for item in items])
        return _led([_kept(item).decided for item in items])

    async def last(self) -> str:
        """Return the group that was decided on last; empty: none was."""
        items = await self._store.items(KIND)
        newest = max(items, key=lambda item: item.changed_at, default=None)
        return newest.owner if newest else ""

    async def _applied(self, steps: Sequence[Step], act: Act | None = None) -> None:
        if not steps and act is None:
            return
        try:
            await self._store.apply(steps, act)
        except (Conflict, DeskError) as error:
            raise DeskError(
                "decided-meanwhile",
                "somebody else has decided on this group meanwhile: load the inbox again",
                status=409,
            ) from error


def _led(decided: list[Decided]) -> list[Decided]:
    """Return decisions in their order: what leads the group comes first."""
    return sorted(decided, key=lambda one: (one.place, one.key))


def decided_already(before: Decided) -> DeskError:
    """Return the error for what somebody has decided on meanwhile."""
    where = f" ({before.file}:{before.line})" if before.file else ""
    what = f"made it {before.intent!r}{where}" if before.intent else "dismissed it"
    return DeskError(
        "decided-meanwhile",
        f"{before.by or 'another trainer'} {what} meanwhile: load the inbox again",
        status=409,
        details={
            "by": before.by,
            "decision": before.decision,
            "intent": before.intent,
            "file": before.file,
            "line": before.line,
        },
    )


def _item(decided: Decided) -> Item:
    digest = hashlib.sha256(decided.key.encode("utf-8", "surrogatepass")).hexdigest()
    return Item(
        kind=KIND,
        item_id=f"in_{digest[:24]}",
        owner=decided.group,
        key=digest,
        body=msgspec.json.encode(decided).decode(),
        created_at=decided.at,
        changed_at=decided.at,
    )


def _kept(item: Item) -> _Kept:
    return _Kept(msgspec.json.decode(item.body, type=Decided), item.version)
