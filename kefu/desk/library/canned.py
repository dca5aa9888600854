"""Canned replies (快捷回复): texts that agents send often, personal, of a group or of all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from kefu.clock import Clock
from kefu.core.naming import has_unseen, key_of
from kefu.desk.library.checking import bad, checked_line, checked_text, no_such
from kefu.desk.library.filling import Filled, fill
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore, Variables
from kefu.desk.library.records import By, CountUse, DropOwned, Kept

__all__ = ["CANNED", "Canned", "CannedReply", "Scope", "order", "search"]

Scope: TypeAlias = Literal["personal", "group", "shared"]

MAX_TEXT: Final = 4000
_MOST: Final = 2000
_MAX_DEPTH: Final = 5
_MAX_FOLDER: Final = 200
_SHORTCUT: Final = re.compile(r"[^\s/]{1,32}")
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """A text with variables, and where it is found."""

    title: str
    text: str
    """With ``{{variables}}``: see :mod:`kefu.desk.library.filling`."""
    scope: Scope = "personal"
    owner: str = ""
    """Account of a personal one, group of a group's; empty: shared."""
    folder: str = ""
    """Path such as ``售后/退款``; empty: none."""
    shortcut: str = ""
    """What is typed behind ``/``; unique within its scope. Empty: none."""
    language: str = ""
    """ISO 639; empty: any."""
    position: int = 0
    """Within its folder."""


def _key(reply: CannedReply) -> str:
    return f"{reply.owner}/{key_of(reply.shortcut)}" if reply.shortcut else ""


CANNED: Final = Kind(
    name="canned",
    words="canned reply",
    plural="canned replies",
    prefix="c",
    record=CannedReply,
    key=_key,
    key_field="shortcut",
    owner=lambda reply: reply.owner,
    most=_MOST,
    has_revisions=False,
    is_told=lambda reply: reply.scope != "personal",
)


class Canned:
    """Keeps canned replies. Whoever calls says what an agent may do, and which groups there are."""

    def __init__(self, store: ItemStore, clock: Clock, variables: Variables) -> None:
        self._store = store
        self._clock = clock
        self._variables = variables
        self._keeping = Keeping(store, clock, CANNED)

    async def of(self, owners: Collection[str]) -> list[Kept[CannedReply]]:
        """Return the replies of some owners, in the order of their folders.

        Args:
            owners: Accounts and groups; "" for what all share.
        """
        return sorted(await self._keeping.all(owners), key=order)

    async def one(self, item_id: str) -> Kept[CannedReply]:
        """Return a reply.

        Raises:
            DeskError: There is none (404).
        """
        return await self._keeping.one(item_id)

    async def create(self, by: By, reply: CannedReply) -> Kept[CannedReply]:
        """Keep a new reply.

        Raises:
            DeskError: A field is not good (400), the shortcut is taken, or there are too many.
        """
        return await self._keeping.add(by, checked(reply))

    async def change(
        self, by: By, before: Kept[CannedReply], reply: CannedReply, *, version: int | None = None
    ) -> Kept[CannedReply]:
        """Change a reply.

        Raises:
            DeskError: A field is not good (400), or the shortcut is taken (409).
            Conflict: It has another version.
        """
        return await self._keeping.change(by, before, checked(reply), version=version)

    async def remove(self, by: By, reply: Kept[CannedReply]) -> None:
        """Remove a reply; how often it was used is remembered."""
        await self._keeping.remove(by, reply)

    async def used(self, by: By, reply: Kept[CannedReply], conversation_id: str) -> None:
        """Count that an agent used a reply in a conversation.

        Raises:
            DeskError: It is gone by now (404).
        """
        step = CountUse(
            kind=CANNED.name,
            item_id=reply.item_id,
            agent_id=by.agent_id,
            conversation_id=conversation_id,
            at=self._clock.now(),
        )
        await self._store.apply([step])

    async def fill(self, text: str, conversation_id: str, more: Mapping[str, str]) -> Filled:
        """Return a text filled with what is known in a conversation.

        Args:
            text: With variables.
            conversation_id: Where the customer's and the slots come from.
            more: Other variables, such as ``agent.name``; they win.

        Raises:
            DeskError: There is no such conversation (404).
        """
        known = await self._variables.of(conversation_id)
        if known is None:
            raise no_such("conversation")
        return fill(text, {**known, **more})

    async def forget(self, owner: str) -> None:
        """Remove everything that belongs to an agent or a group that is no more."""
        await self._store.apply([DropOwned(CANNED.name, owner)])


def checked(reply: CannedReply) -> CannedReply:
    """Return a reply in the form that is kept.

    Raises:
        DeskError: A field is not good (400).
    """
    if (reply.scope == "shared") == bool(reply.owner):
        raise bad("a shared reply belongs to nobody, all others to somebody", "scope", why="scope")
    shortcut = reply.shortcut.strip().removeprefix("/")
    if shortcut and (not _SHORTCUT.fullmatch(shortcut) or has_unseen(shortcut)):
        message = "shortcut has 1 to 32 characters without spaces and /"
        raise bad(message, "shortcut", why="shortcut")
    if reply.language and not _LANGUAGE.fullmatch(reply.language):
        raise bad("language is a code such as zh or en-GB", "language", why="language")
    return replace(
        reply,
        title=checked_line(reply.title, "title"),
        text=checked_text(reply.text, "text", most=MAX_TEXT),
        folder=_checked_folder(reply.folder),
        shortcut=shortcut,
    )


def _checked_folder(path: str) -> str:
    if not path.strip(" /"):
        return ""
    names = [checked_line(name, "folder") for name in path.strip().strip("/").split("/")]
    folder = "/".join(names)
    if len(names) > _MAX_DEPTH or len(folder) > _MAX_FOLDER:
        message = f"folder is at most {_MAX_DEPTH} folders deep"
        raise bad(message, "folder", why="depth", most=_MAX_DEPTH)
    return folder


def order(kept: Kept[CannedReply]) -> str:
    """Return what replies are sorted by: folder, position, title."""
    reply = kept.what
    return "\0".join(
        (key_of(reply.folder), f"{reply.position:08d}", key_of(reply.title), kept.item_id)
    )


def search(
    replies: Iterable[Kept[CannedReply]], wanted: str
) -> list[tuple[str, Kept[CannedReply]]]:
    """Return the replies that a search finds, the best first, each with its place in the order.

    First come those whose shortcut is what is wanted, then those whose shortcut begins so, has it,
    whose title has it, whose folder or text has all of its words. The more used come first then.
    """
    key = key_of(wanted.strip().removeprefix("/"))
    found = []
    for kept in replies:
        rank = _rank(kept.what, key) if key else 0
        if rank is not None:
            often = f"{10**9 - min(kept.uses, 10**9):010d}" if key else ""
            found.append((f"{rank}{often}{order(kept)}", kept))
    return sorted(found, key=lambda pair: pair[0])


def _rank(reply: CannedReply, key: str) -> int | None:
    shortcut = key_of(reply.shortcut)
    if shortcut.startswith(key):
        return 0 if shortcut == key else 1
    if key in shortcut:
        return 2
    if key in key_of(reply.title):
        return 3
    whole = key_of(f"{reply.folder} {reply.title} {reply.text}")
    return 4 if all(word in whole for word in key.split()) else None
