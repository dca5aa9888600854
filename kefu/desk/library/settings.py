"""How conversations are handled: what the project says, and what administrators set instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from kefu.clock import Clock
from kefu.desk.library.checking import bad, changed_meanwhile
from kefu.desk.library.keeping import difference
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import Act, AddItem, By, ChangeItem, Item, NewRevision, Step
from kefu.errors import DeskError

__all__ = ["HandlingSettings", "SettingsNow", "SettingsOfTheDesk"]

_KIND: Final = "settings"
_ID: Final = "desk"

Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=604_800)]
Grace: TypeAlias = Annotated[float, Meta(ge=0, le=3_600)]
Hours: TypeAlias = Annotated[float, Meta(gt=0, le=744)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingSettings:
    """All settings with what they are where nobody says anything."""

    csat: bool = True
    """Whether customers are asked for 1 to 5 stars when a conversation is closed."""
    nps: bool = False
    """Whether they are asked how likely they are to recommend the shop, 0 to 10."""
    rating_hours: Hours = 48.0
    """How long they may answer."""
    typing_preview: bool = False
    """Whether agents see what a customer writes before it is sent."""
    unanswered_seconds: Seconds = 120.0
    """After so long without an answer a conversation is queued again, first in line; 0: never."""
    grace_seconds: Grace = 45.0
    """For so long an agent whose connection is lost keeps their conversations."""
    close_idle_seconds: Seconds = 0.0
    """After so long without a word a conversation is closed by itself; 0: never."""
    needs_wrap_up: bool = False
    """Whether a conversation is closed only with a wrap-up code."""
    position_updates: bool = True
    """Whether waiting customers are told when their place in line changes."""
    leave_message: bool = True
    """Whether they may leave a message instead of waiting."""


_NAMES: Final = frozenset(one.name for one in fields(HandlingSettings))
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsNow:
    """The settings at a moment."""

    settings: HandlingSettings
    """What counts."""
    defaults: HandlingSettings
    """What the project's files say."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """What administrators set instead."""
    version: int = 0


class SettingsOfTheDesk:
    """Keeps what administrators set."""

    def __init__(
        self, store: ItemStore, clock: Clock, defaults: HandlingSettings | None = None
    ) -> None:
        """Put it together; ``defaults`` are the project's."""
        self._store = store
        self._clock = clock
        self._defaults = defaults or HandlingSettings()

    async def now(self) -> SettingsNow:
        """Return the settings as they are now."""
        item = await self._store.item(_KIND, _ID)
        if item is None:
            return SettingsNow(settings=self._defaults, defaults=self._defaults)
        # One that a later version of Kefu knows, or an earlier one knew, is not looked at.
        overrides = {k: v for k, v in _decode(item.body).items() if k in _NAMES}
        return self._merged(overrides, item.version)

    async def change(
        self, by: By, overrides: Mapping[str, Any], *, version: int | None = None
    ) -> SettingsNow:
        """Set what counts instead of the project's settings, and nothing but that.

        Args:
            by: Who does it.
            overrides: Name -> value; None: as the project says.
            version: The version that is expected; None: any.

        Raises:
            DeskError: There is no such setting, or its value is not good (400).
            Conflict: They have another version.
        """
        before = await self.now()
        if version is not None and version != before.version:
            raise changed_meanwhile("settings")
        wanted = {name: value for name, value in overrides.items() if value is not None}
        after = self._merged(wanted, before.version)
        if wanted == before.overrides:
            return before
        now = self._clock.now()
        item = Item(
            kind=_KIND,
            item_id=_ID,
            key=_ID,
            body=msgspec.json.encode(wanted).decode(),
            version=before.version,
            created_at=now,
            changed_at=now,
        )
        told = difference(before.overrides, wanted)
        act = Act(at=now, by=by, what=f"{_KIND}.changed", subject=_ID, data=told)
        stored = await self._stored(item, act)
        return self._merged(after.overrides, stored)

    async def _stored(self, item: Item, act: Act) -> int:
        steps: list[Step] = [NewRevision(_KIND)]
        if item.version:
            return await self._store.apply([*steps, ChangeItem(item)], act)
        try:
            return await self._store.apply([*steps, AddItem(replace(item, version=1))], act)
        except DeskError as error:
            raise changed_meanwhile("settings") from error

    def _merged(self, overrides: Mapping[str, Any], version: int) -> SettingsNow:
        for name in overrides:
            if name not in _NAMES:
                raise bad(f"there is no setting {name!r}", f"overrides/{name}", why="no-setting")
        try:
            settings = msgspec.convert({**asdict(self._defaults), **overrides}, HandlingSettings)
        except msgspec.ValidationError as error:
            text, _, place = str(error).partition(" - at `$.")
            name = place.rstrip("`")
            raise bad(f"{name}: {text}", f"overrides/{name}", why="value") from error
        return SettingsNow(
            settings=settings, defaults=self._defaults, overrides=overrides, version=version
        )
