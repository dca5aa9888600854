"""Notes on customers: what agents write about somebody, outside any conversation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from kefu.clock import Clock
from kefu.desk.library.checking import checked_text
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import Act, By, DropItem, Kept
from kefu.errors import DeskError

__all__ = ["NOTES", "ContactNote", "ContactNotes"]

MAX_TEXT: Final = 10_000
_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNote:
    """A note."""

    customer: str
    """Id of the customer; it stays that of whom it was written about when customers are merged."""
    author: str
    """Account; empty: a machine."""
    author_name: str
    """As it was then."""
    text: str


NOTES: Final = Kind(
    name="contact_note",
    words="note",
    plural="notes on this customer",
    prefix="n",
    record=ContactNote,
    owner=lambda note: note.customer,
    most=_MOST,
    has_revisions=False,
    is_told=lambda _: False,
)


class ContactNotes:
    """Keeps notes on customers."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._keeping = Keeping(store, clock, NOTES)

    async def of(self, customers: Collection[str]) -> list[Kept[ContactNote]]:
        """Return the notes on a customer, who may have been several, the newest first."""
        notes = await self._keeping.all(customers)
        return sorted(notes, key=lambda kept: (-kept.created_at, kept.item_id))

    async def one(self, item_id: str, customers: Collection[str]) -> Kept[ContactNote]:
        """Return a note on a customer.

        Raises:
            DeskError: There is none (404).
        """
        note = await self._keeping.one(item_id)
        if note.what.customer not in customers:
            raise DeskError("not-found", "there is no such note", status=404)
        return note

    async def write(self, by: By, customer: str, text: str) -> Kept[ContactNote]:
        """Keep a new note.

        Raises:
            DeskError: It is no text, or too long (400); there are too many (409).
        """
        note = ContactNote(
            customer=customer,
            author=by.agent_id,
            author_name=by.name,
            text=checked_text(text, "text", most=MAX_TEXT),
        )
        return await self._keeping.add(by, note)

    async def change(
        self, by: By, before: Kept[ContactNote], text: str, *, version: int | None = None
    ) -> Kept[ContactNote]:
        """Change one's own note.

        Raises:
            DeskError: It is another's (403), or not good (400).
            Conflict: It has another version.
        """
        if before.what.author != by.agent_id:
            raise DeskError("not-allowed", "only who wrote a note changes it", status=403)
        note = replace(before.what, text=checked_text(text, "text", most=MAX_TEXT))
        return await self._keeping.change(by, before, note, version=version)

    async def remove(self, by: By, note: Kept[ContactNote]) -> None:
        """Remove a note; that of somebody else is an administrative act.

        Raises:
            DeskError: It is gone already (404).
            Conflict: It has another version.
        """
        if note.what.author == by.agent_id:
            await self._keeping.remove(by, note)
            return
        told = {"customer": note.what.customer, "author": note.what.author_name}
        act = Act(
            at=self._clock.now(),
            by=by,
            what=f"{NOTES.name}.removed",
            subject=note.item_id,
            data=told,
        )
        await self._store.apply([DropItem(NOTES.name, note.item_id, note.version)], act)
