"""Labels that conversations can have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from kefu.clock import Clock
from kefu.core.naming import key_of
from kefu.desk.library.checking import checked_line
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import By, Kept

__all__ = ["LABELS", "Color", "Label", "Labels", "order"]

Color: TypeAlias = Literal[
    "gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"
]
"""Names of colors; the screens know what they look like, light and dark."""

_MAX_DESCRIPTION: Final = 500
_MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label."""

    name: str
    color: Color = "gray"
    description: str = ""
    position: int = 0


LABELS: Final = Kind(
    name="label",
    words="label",
    plural="labels",
    prefix="lb",
    record=Label,
    key=lambda label: key_of(label.name),
    most=_MOST,
)


class Labels:
    """Keeps labels."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._keeping = Keeping(store, clock, LABELS)

    async def all(self) -> list[Kept[Label]]:
        """Return all labels in their order."""
        return sorted(await self._keeping.all(), key=order)

    async def one(self, item_id: str) -> Kept[Label]:
        """Return a label.

        Raises:
            DeskError: There is none (404).
        """
        return await self._keeping.one(item_id)

    async def create(self, by: By, label: Label) -> Kept[Label]:
        """Keep a new label.

        Raises:
            DeskError: A field is not good (400), or the name is taken (409).
        """
        return await self._keeping.add(by, _checked(label))

    async def change(
        self, by: By, before: Kept[Label], label: Label, *, version: int | None = None
    ) -> Kept[Label]:
        """Change a label.

        Raises:
            DeskError: As for :meth:`create`.
            Conflict: It has another version.
        """
        return await self._keeping.change(by, before, _checked(label), version=version)

    async def remove(self, by: By, label: Kept[Label]) -> None:
        """Remove a label."""
        await self._keeping.remove(by, label)


def _checked(label: Label) -> Label:
    description = checked_line(label.description, "description", most=_MAX_DESCRIPTION, least=0)
    return replace(label, name=checked_line(label.name, "name"), description=description)


def order(kept: Kept[Label]) -> str:
    """Return what labels are sorted by: position, then name."""
    return f"{kept.what.position:08d}\0{key_of(kept.what.name)}"
