"""Groups and skills: names that accounts, routing rules and conversations refer to."""

from __future__ import annotations

from dataclasses import replace

from kefu.clock import Clock
from kefu.core.ids import new_id
from kefu.errors import StaffError
from kefu.staff.accounts import Named, NamedKind, checked_name, checked_text, key_of
from kefu.staff.changes import AddNamed, ChangeNamed, DropNamed, changed_meanwhile, no_such
from kefu.staff.directory import Acting
from kefu.staff.following import Following
from kefu.staff.ports import StaffStore

__all__ = ["Naming"]

_MAX_DESCRIPTION = 500


class Naming:
    """Keeps groups, which have ids, and skills, whose names the project's files use as well."""

    def __init__(self, store: StaffStore, clock: Clock, following: Following) -> None:
        self._store = store
        self._clock = clock
        self._following = following

    async def all(self, kind: NamedKind) -> list[Named]:
        """Return all of a kind, by name."""
        return list(await self._store.named(kind))

    async def one(self, kind: NamedKind, named_id: str) -> Named:
        """Return one of them.

        Raises:
            StaffError: There is none (404).
        """
        for named in await self._store.named(kind):
            if named.named_id == named_id:
                return named
        raise no_such(kind)

    async def create(self, by: Acting, kind: NamedKind, name: str, description: str) -> Named:
        """Make one.

        Raises:
            StaffError: The name is not good (400) or taken (409).
        """
        name, now = checked_name(name), self._clock.now()
        named = Named(
            kind=kind,
            named_id=new_id("g") if kind == "group" else key_of(name),
            name=name,
            description=_described(description),
            created_at=now,
        )
        entry = by.entry(now, f"{kind}.created", named.named_id, {"name": name})
        await self._store.apply([AddNamed(named)], entry)
        await self._following.name_changed(kind)
        return named

    async def change(
        self,
        by: Acting,
        before: Named,
        *,
        name: str | None = None,
        description: str | None = None,
        version: int | None = None,
    ) -> Named:
        """Change name or description; a skill keeps its name but for case and width.

        Raises:
            StaffError: The name is not good (400) or taken (409).
            Conflict: It has another version.
        """
        if version is not None and version != before.version:
            raise changed_meanwhile(f"the {before.kind}")
        after = replace(
            before,
            name=before.name if name is None else checked_name(name),
            description=before.description if description is None else _described(description),
        )
        if after.kind == "skill" and key_of(after.name) != after.named_id:
            raise StaffError(
                "a skill cannot be renamed: routing rules and agents refer to its name",
                problem="skill-renamed",
                status=409,
            )
        if after == before:
            return before
        told = {"name": [before.name, after.name], "description": after.description}
        entry = by.entry(self._clock.now(), f"{before.kind}.changed", before.named_id, told)
        await self._store.apply([ChangeNamed(after)], entry)
        await self._following.name_changed(after.kind)
        return replace(after, version=after.version + 1)

    async def remove(self, by: Acting, kind: NamedKind, named_id: str) -> None:
        """Remove one that no agent has.

        Raises:
            StaffError: There is none (404), or an agent has it (409).
        """
        named = await self.one(kind, named_id)
        entry = by.entry(self._clock.now(), f"{kind}.removed", named_id, {"name": named.name})
        await self._store.apply([DropNamed(kind, named_id)], entry)
        await self._following.name_changed(kind)


def _described(text: str) -> str:
    return checked_text(text, "a description", most=_MAX_DESCRIPTION, least=0)
