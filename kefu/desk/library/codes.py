"""Wrap-up codes (小结): a tree of what a conversation was about, chosen when it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kefu.clock import Clock
from kefu.core.ids import new_id
from kefu.core.naming import key_of
from kefu.desk.library.checking import bad, checked_line
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import Act, AddItem, By, Kept, NewRevision, Step
from kefu.errors import Conflict, DeskError

__all__ = ["CODES", "WrapUpCode", "WrapUpCodes"]

MAX_DEPTH: Final = 4
_MOST: Final = 1000
_MAX_DESCRIPTION: Final = 500
_SEEDER: Final = By(agent_id="", name="kefu run")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpCode:
    """A code."""

    name: str
    parent: str = ""
    """Id of the code above; empty: none."""
    position: int = 0
    """Among those with the same parent."""
    is_active: bool = True
    """Whether it can be chosen; one that was chosen keeps its name."""
    description: str = ""


CODES: Final = Kind(
    name="wrap_up_code",
    words="wrap-up code",
    plural="wrap-up codes",
    prefix="k",
    record=WrapUpCode,
    key=lambda code: f"{code.parent}/{key_of(code.name)}",
    owner=lambda code: code.parent,
    most=_MOST,
)


class WrapUpCodes:
    """Keeps the tree. Whatever changes its form is based on a revision of the whole of it."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._keeping = Keeping(store, clock, CODES)

    async def all(self) -> list[Kept[WrapUpCode]]:
        """Return all codes, each behind its parent, those of one parent in their order."""
        codes = await self._keeping.all()
        below: dict[str, list[Kept[WrapUpCode]]] = {}
        for code in sorted(codes, key=lambda kept: (kept.what.position, key_of(kept.what.name))):
            below.setdefault(code.what.parent, []).append(code)
        found: list[Kept[WrapUpCode]] = []

        def walk(parent: str) -> None:
            for code in below.get(parent, ()):
                found.append(code)
                walk(code.item_id)

        walk("")
        return found

    async def one(self, item_id: str) -> Kept[WrapUpCode]:
        """Return a code.

        Raises:
            DeskError: There is none (404).
        """
        return await self._keeping.one(item_id)

    async def create(self, by: By, code: WrapUpCode) -> Kept[WrapUpCode]:
        """Keep a new code.

        Raises:
            DeskError: A field is not good (400), or its parent has one of that name (409).
            Conflict: The tree changed meanwhile.
        """
        revision, code = await self._keeping.revision(), _checked(code)
        _check_place("", code.parent, await self._parents(), below=0)
        return await self._keeping.add(by, code, after=revision)

    async def change(
        self, by: By, before: Kept[WrapUpCode], code: WrapUpCode, *, version: int | None = None
    ) -> Kept[WrapUpCode]:
        """Change, or move, a code with everything below it.

        Raises:
            DeskError: As for :meth:`create`; also for a code that would be below itself (400).
            Conflict: It has another version, or the tree changed meanwhile.
        """
        revision, code = await self._keeping.revision(), _checked(code)
        if code.parent != before.what.parent:
            parents = await self._parents()
            below = _height(before.item_id, parents)
            _check_place(before.item_id, code.parent, parents, below=below)
        return await self._keeping.change(by, before, code, version=version, after=revision)

    async def remove(self, by: By, code: Kept[WrapUpCode]) -> None:
        """Remove a code that has none below it.

        Raises:
            DeskError: It has (409).
            Conflict: The tree changed meanwhile.
        """
        revision = await self._keeping.revision()
        if code.item_id in (await self._parents()).values():
            raise DeskError(
                "in-use",
                "there are codes below this one: move or remove them first",
                status=409,
                details={"why": "codes-below"},
            )
        await self._keeping.remove(by, code, after=revision)

    async def seed(self, names: Sequence[str]) -> bool:
        """Keep the codes of the project's files, if never any code was kept; return whether so.

        Args:
            names: Names, or paths such as ``售后/退款``, in their order.

        Raises:
            DeskError: A name is not good, or there are too many (400).
        """
        if not names or await self._keeping.revision():
            return False
        steps: list[Step] = [NewRevision(CODES.name, 0)]
        steps += [
            AddItem(self._keeping.item(code, item_id)) for item_id, code in _tree(names).items()
        ]
        if len(steps) > _MOST:
            message = f"there are at most {_MOST} wrap-up codes"
            raise bad(message, "wrap_up_codes", why="too-many", most=_MOST)
        act = Act(
            at=self._clock.now(),
            by=_SEEDER,
            what=f"{CODES.name}.seeded",
            subject="",
            data={"names": list(names)},
        )
        try:
            await self._store.apply(steps, act)
        except Conflict:
            return False  # another process was faster
        return True

    async def _parents(self) -> dict[str, str]:
        return {code.item_id: code.what.parent for code in await self._keeping.all()}


def _tree(names: Sequence[str]) -> dict[str, WrapUpCode]:
    found: dict[str, WrapUpCode] = {}
    ids: dict[tuple[str, str], str] = {}
    for path in names:
        parent = ""
        parts = path.split("/")
        if len(parts) > MAX_DEPTH:
            message = f"{path!r}: wrap-up codes are at most {MAX_DEPTH} deep"
            raise bad(message, "wrap_up_codes", why="depth", most=MAX_DEPTH)
        for name in parts:
            place = (parent, key_of(name))
            if place not in ids:
                ids[place] = new_id(CODES.prefix)
                position = sum(1 for code in found.values() if code.parent == parent)
                code = WrapUpCode(name=name, parent=parent, position=position)
                found[ids[place]] = _checked(code)
            parent = ids[place]
    return found


def _check_place(item_id: str, parent: str, parents: Mapping[str, str], *, below: int) -> None:
    """Refuse a parent that is not there, is below the code itself, or is too deep."""
    depth, above = 1 + below, parent
    while above:
        if above not in parents:
            raise bad("parent is no wrap-up code", "parent", why="no-parent")
        if above == item_id:
            raise bad("a wrap-up code cannot be below itself", "parent", why="below-itself")
        depth, above = depth + 1, parents[above]
    if depth > MAX_DEPTH:
        message = f"wrap-up codes are at most {MAX_DEPTH} deep"
        raise bad(message, "parent", why="depth", most=MAX_DEPTH)


def _height(item_id: str, parents: Mapping[str, str]) -> int:
    """Return how many levels there are below a code."""
    children = [child for child, parent in parents.items() if parent == item_id]
    return max((1 + _height(child, parents) for child in children), default=0)


def _checked(code: WrapUpCode) -> WrapUpCode:
    name = checked_line(code.name, "name")
    if "/" in name:
        raise bad("name has no /", "name", why="slash")
    description = checked_line(code.description, "description", most=_MAX_DESCRIPTION, least=0)
    return replace(code, name=name, description=description)
