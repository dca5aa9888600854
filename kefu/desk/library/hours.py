"""Business hours: those of everybody, and those of groups that have their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.clock import Clock
from kefu.desk.library.checking import changed_meanwhile, no_such
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import HoursRules, ItemStore
from kefu.desk.library.records import By, Kept
from kefu.errors import DeskError

__all__ = ["EVERYBODY", "HOURS", "Hours", "HoursNow", "StoredHours"]

EVERYBODY: Final = "default"
"""Stands for the id of a group where hours are those of everybody else."""

_MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHours:
    """Hours in the form that :mod:`kefu.desk.hours` reads."""

    group: str
    """Id of a group, or :data:`EVERYBODY`."""
    hours: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursNow:
    """Hours and what they say at a moment."""

    group: str
    hours: Mapping[str, Any] | None
    """None: it is always open."""
    is_inherited: bool
    """Whether none were set: for a group everybody's count, for everybody the project's."""
    version: int
    """Of the group's own; 0: there are none."""
    is_open: bool
    next_change: float | None


HOURS: Final = Kind(
    name="hours",
    words="hours",
    plural="hours",
    prefix="g",
    record=StoredHours,
    most=_MOST,
)


class Hours:
    """Keeps business hours."""

    def __init__(
        self,
        store: ItemStore,
        clock: Clock,
        rules: HoursRules,
        project: Mapping[str, Any] | None = None,
    ) -> None:
        """Put it together; ``project`` are the hours of everybody that its files say."""
        self._clock = clock
        self._rules = rules
        self._project = project
        self._keeping = Keeping(store, clock, HOURS)

    async def all(self) -> list[HoursNow]:
        """Return all hours that were set, everybody's first, then by group."""
        stored = await self._keeping.all()
        stored.sort(key=lambda kept: (kept.item_id != EVERYBODY, kept.item_id))
        return [self._now(kept.item_id, kept, kept) for kept in stored]

    async def of(self, group: str) -> HoursNow:
        """Return the hours that count for a group, its own or everybody's."""
        own = await self._keeping.find(group)
        counting = own or (await self._keeping.find(EVERYBODY) if group != EVERYBODY else None)
        return self._now(group, own, counting)

    async def set(
        self, by: By, group: str, hours: Mapping[str, Any], *, version: int | None = None
    ) -> HoursNow:
        """Set the hours of a group, or of everybody.

        Raises:
            DeskError: They are not good (400).
            Conflict: They have another version; 0: there are none yet.
        """
        wanted = StoredHours(group=group, hours=self._rules.checked(hours))
        before = await self._keeping.find(group)
        if version is not None and version != (0 if before is None else before.version):
            raise changed_meanwhile("hours")
        if before is not None:
            kept = await self._keeping.change(by, before, wanted)
        else:
            try:
                kept = await self._keeping.add(by, wanted, item_id=group)
            except DeskError as error:
                if error.problem == "name-taken":
                    raise changed_meanwhile("hours") from error
                raise
        return self._now(group, kept, kept)

    async def remove(self, by: By, group: str) -> None:
        """Let everybody's hours count for a group, or the project's for everybody.

        Raises:
            DeskError: There are none (404).
        """
        before = await self._keeping.find(group)
        if before is None:
            raise no_such("hours: it has none of its own")
        await self._keeping.remove(by, before)

    async def is_open(self, group: str) -> bool:
        """Whether it is open for a group now."""
        return (await self.of(group)).is_open

    def _now(
        self, group: str, own: Kept[StoredHours] | None, counting: Kept[StoredHours] | None
    ) -> HoursNow:
        now = self._clock.now()
        hours = self._project if counting is None else counting.what.hours
        is_open, change = (True, None) if hours is None else self._rules.state(hours, now)
        return HoursNow(
            group=group,
            hours=hours,
            is_inherited=own is None,
            version=0 if own is None else own.version,
            is_open=is_open,
            next_change=change,
        )
