"""Drafts: what an agent has written in a conversation and not sent yet; nobody else sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from kefu.clock import Clock
from kefu.desk.library.checking import changed_meanwhile, checked_text
from kefu.desk.library.keeping import Keeping, Kind
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import AddItem, ChangeItem, DropItem, DropOwned, Kept, PutItem, Step
from kefu.errors import Conflict, DeskError

__all__ = ["DRAFTS", "Draft", "Drafts", "Mode", "Moved"]

Mode: TypeAlias = Literal["reply", "note"]

MAX_TEXT: Final = 20_000
_MOST: Final = 500
_TRIES: Final = 3
_KEPT_SECONDS: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a draft has from a conversation that was merged into its own."""

    origin: str
    text: str
    mode: Mode = "reply"
    reply_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is in the composer."""

    agent: str
    """Whose."""
    conversation_id: str
    text: str
    mode: Mode = "reply"
    reply_to: int | None = None
    """Place in the log of the message that it answers."""
    moved: tuple[Moved, ...] = ()
    """What of it came by merges, as long as it stands there as it came."""


DRAFTS: Final = Kind(
    name="draft",
    words="draft",
    plural="drafts",
    prefix="d",
    record=Draft,
    owner=lambda draft: draft.agent,
    most=_MOST,
    has_revisions=False,
    is_told=lambda _: False,
)


class Drafts:
    """Keeps one draft for each agent and conversation. The last one written counts."""

    def __init__(self, store: ItemStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._keeping = Keeping(store, clock, DRAFTS)

    async def of(self, agent: str) -> list[Kept[Draft]]:
        """Return an agent's drafts, the newest first."""
        drafts = await self._keeping.all([agent])
        return sorted(drafts, key=lambda kept: (-kept.changed_at, kept.item_id))

    async def find(self, agent: str, conversation_id: str) -> Kept[Draft] | None:
        """Return an agent's draft in a conversation."""
        return await self._keeping.find(_id(agent, conversation_id))

    async def write(self, draft: Draft, *, version: int | None = None) -> Kept[Draft] | None:
        """Keep a draft; an empty one is removed. Of more than 500 the oldest goes.

        Args:
            draft: What to keep.
            version: The version that is expected, 0: none; None: any.

        Returns:
            It as it is kept; None: it was empty.

        Raises:
            DeskError: It is too long, or no text (400).
            Conflict: There is another version: another browser of the agent wrote it.
        """
        checked_text(draft.text, "text", most=MAX_TEXT, least=0)
        before = await self.find(draft.agent, draft.conversation_id)
        if version is not None and version != (0 if before is None else before.version):
            raise changed_meanwhile("draft")
        if before is not None:
            still = (part for part in before.what.moved if _without(draft.text, part) is not None)
            draft = replace(draft, moved=tuple(still))
        if not draft.text.strip():
            await self.drop(draft.agent, draft.conversation_id)
            return None
        item = self._keeping.item(draft, _id(draft.agent, draft.conversation_id))
        steps: list[Step] = await self._making_room(draft.agent) if before is None else []
        try:
            if version is None:
                stored = await self._store.apply([*steps, PutItem(item)])
            elif before is None:
                stored = await self._store.apply([*steps, AddItem(item)])
            else:
                stored = await self._store.apply([ChangeItem(replace(item, version=version))])
        except DeskError as error:
            raise changed_meanwhile("draft") from error
        return Kept(
            item_id=item.item_id,
            what=draft,
            version=stored,
            created_at=item.created_at if before is None else before.created_at,
            changed_at=item.changed_at,
        )

    async def drop(self, agent: str, conversation_id: str) -> None:
        """Keep no draft any more, as when it was sent; nothing happens when there is none."""
        try:
            await self._store.apply([DropItem(DRAFTS.name, _id(agent, conversation_id))])
        except DeskError:
            return

    async def move(self, from_: str, to: str) -> None:
        """Let drafts of a conversation that was merged into another go on in that one.

        Who has begun to write in both finds the moved text behind the other, after an empty line:
        as a note if either was one, since what is meant for colleagues must not get into a reply.
        Together too long, it stays in the list of drafts as it is. What it answered stands in
        the log of the other conversation, so it answers nothing any more. A merge that is undone
        gives it back (:meth:`give_back`).
        """
        for kept in await self._keeping.all():
            if kept.what.conversation_id == from_:
                await self._move(kept.what.agent, from_, to)

    async def _move(self, agent: str, from_: str, to: str) -> None:
        for _ in range(_TRIES):
            draft, there = await self.find(agent, from_), await self.find(agent, to)
            if draft is None:
                return
            joined = _joined(draft.what, None if there is None else there.what, to)
            if len(joined.text) > MAX_TEXT:
                return
            item = self._keeping.item(joined, _id(agent, to))
            known = replace(item, version=0 if there is None else there.version)
            put = AddItem(item) if there is None else ChangeItem(known)
            try:
                await self._store.apply([put, DropItem(DRAFTS.name, draft.item_id)])
            except (Conflict, DeskError):
                continue  # its author goes on writing
            return

    async def give_back(self, to: str) -> None:
        """Let what came from a conversation go back to it: its merge was undone.

        What its author changed since belongs to where it was changed, and stays; where they have
        begun anew in the conversation, nothing is put beside that.
        """
        for kept in await self._keeping.all():
            if any(part.origin == to for part in kept.what.moved):
                await self._give_back(kept.what.agent, kept.what.conversation_id, to)

    async def _give_back(self, agent: str, from_: str, to: str) -> None:
        for _ in range(_TRIES):
            here, there = await self.find(agent, from_), await self.find(agent, to)
            if here is None or there is not None:
                return
            parted = _parted(here.what, to)
            if parted is None:
                return
            rest, back = parted
            steps: list[Step] = [AddItem(self._keeping.item(back, _id(agent, to)))]
            if rest.text.strip():
                item = self._keeping.item(rest, here.item_id)
                steps.append(ChangeItem(replace(item, version=here.version)))
            else:
                steps.append(DropItem(DRAFTS.name, here.item_id))
            try:
                await self._store.apply(steps)
            except (Conflict, DeskError):
                continue  # its author goes on writing
            return

    async def forget(self, agent: str) -> None:
        """Remove the drafts of an agent who is no more."""
        await self._store.apply([DropOwned(DRAFTS.name, agent)])

    async def drop_old(self) -> None:
        """Remove drafts that nobody touched for 30 days."""
        await self._store.drop_old(DRAFTS.name, self._clock.now() - _KEPT_SECONDS)

    async def _making_room(self, agent: str) -> list[Step]:
        drafts = await self.of(agent)
        return [DropItem(DRAFTS.name, kept.item_id) for kept in drafts[_MOST - 1 :]]


def _joined(draft: Draft, there: Draft | None, to: str) -> Draft:
    part = Moved(
        origin=draft.conversation_id, text=draft.text, mode=draft.mode, reply_to=draft.reply_to
    )
    moved = (*draft.moved, part)
    if there is None:
        return replace(draft, conversation_id=to, reply_to=None, moved=moved)
    mode: Mode = "note" if "note" in (draft.mode, there.mode) else "reply"
    text = f"{there.text.rstrip()}\n\n{draft.text.lstrip()}"
    return replace(there, text=text, mode=mode, moved=(*there.moved, *moved))


def _parted(draft: Draft, origin: str) -> tuple[Draft, Draft] | None:
    """Return what stays of a draft and what goes back; None: what came is not there any more."""
    part = next(one for one in draft.moved if one.origin == origin)
    rest = _without(draft.text, part)
    if rest is None:
        return None
    others = [one for one in draft.moved if one is not part]
    back = Draft(
        agent=draft.agent,
        conversation_id=origin,
        text=part.text,
        mode=part.mode,
        reply_to=part.reply_to,
        moved=tuple(one for one in others if _without(part.text, one) is not None),
    )
    # What came by way of others is less there as well.
    left = [replace(one, text=_without(one.text, part) or one.text) for one in others]
    stays = tuple(one for one in left if _without(rest, one) is not None)
    return replace(draft, text=rest, moved=stays), back


def _without(text: str, part: Moved) -> str | None:
    """Return a text without a part that stands in paragraphs of its own; None: it does not."""
    wanted, whole = f"\n\n{part.text.strip()}\n\n", f"\n\n{text.strip()}\n\n"
    before, found, after = whole.rpartition(wanted)
    return "\n\n".join(filter(None, (before.strip(), after.strip()))) if found else None


def _id(agent: str, conversation_id: str) -> str:
    return f"{agent}/{conversation_id}"
