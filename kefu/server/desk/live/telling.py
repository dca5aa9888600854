"""The feed made ready for lines: what an event shows is read once, and kept for those who lag."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kefu.desk.changes import DeskEvent
from kefu.desk.desk import Desk
from kefu.desk.rows import RowRecord
from kefu.desk.sessions import ServiceSession
from kefu.server.desk.live.told import Told, event_frame
from kefu.server.desk.reach import NOBODYS, subject_of
from kefu.server.desk.rows import presence_shown
from kefu.server.desk.views import DeskViews
from kefu.staff.permissions import Subject

__all__ = ["Moved", "Telling"]

_KEPT: Final = 5_000
_AT_ONCE: Final = 16
_NOTICED: Final = ("what", "conversation_id", "by", "text")


@dataclass(frozen=True, slots=True)
class Moved:
    """A conversation stands differently: its session, None being that none is open."""

    conversation_id: str
    before: ServiceSession | None
    after: ServiceSession | None


class Telling:
    """Makes events ready.

    Attributes:
        position: Of the last event that is ready.
        sessions: The open sessions, by conversation.
    """

    def __init__(self, desk: Desk, views: DeskViews) -> None:
        self._store = desk.store
        self._feed = desk.feed
        self._views = views
        self._kept: deque[Told] = deque()
        self._since = 0
        """Everything behind this position is kept."""
        self.position = 0
        self.sessions: dict[str, ServiceSession] = {}

    async def begin(self) -> None:
        """Start from how things stand."""
        self.position = self._since = self._feed.position
        sessions = [*await self._store.waiting()]
        for agent in await self._store.agents():
            sessions += await self._store.sessions_with(agent.agent_id)
        self.sessions = {session.conversation_id: session for session in sessions}

    def subject(self, conversation_id: str) -> Subject:
        """Return a conversation as something that may be seen or not."""
        return subject_of(self.sessions.get(conversation_id))

    def behind(self, position: int, limit: int) -> Sequence[Told] | None:
        """Return what was told behind a position, ascending; None: not all of it is kept."""
        if position < self._since:
            return None
        if position >= self.position:
            return ()
        found: list[Told] = []
        for one in reversed(self._kept):
            if one.position <= position:
                break
            found.append(one)
        found.reverse()
        return found[:limit]

    async def covers(self, position: int) -> bool:
        """Whether a line that was told up to a position can go on from there."""
        if position <= self.position:
            return position >= self._since
        _, newest = await self._store.ends()  # another process was faster
        return position <= newest

    async def take(self, events: Sequence[DeskEvent]) -> tuple[list[Told], list[Moved]]:
        """Make events ready, ascending; return them, and what stands differently now.

        Raises:
            StorageError: What they show cannot be read; none was taken.
        """
        events = [one for one in events if one.position > self.position]
        if not events:
            return [], []
        rows = await self._rows(events)
        ready: list[Told] = []
        moved: dict[str, Moved] = {}
        last = {(one.kind, one.subject): one.position for one in events if not one.to}
        for event in events:
            is_last = last.get((event.kind, event.subject)) == event.position
            if event.kind in ("row", "presence", "review") and not event.to and not is_last:
                continue  # the later one says all that this one does
            told: Told | None
            if event.kind == "row":
                told, change = await self._row(event, rows.get(event.subject))
                moved[event.subject] = change
            else:
                told = await self._other(event)
            if told is not None:
                ready.append(told)
        for change in moved.values():
            self._move(change)
        self._kept.extend(ready)
        while len(self._kept) > _KEPT:
            self._since = self._kept.popleft().position
        self.position = events[-1].position
        return ready, list(moved.values())

    async def _rows(self, events: Iterable[DeskEvent]) -> dict[str, RowRecord | None]:
        names = list(dict.fromkeys(one.subject for one in events if one.kind == "row"))
        found: dict[str, RowRecord | None] = {}
        for begin in range(0, len(names), _AT_ONCE):
            some = names[begin : begin + _AT_ONCE]
            read = await asyncio.gather(*map(self._store.row, some))
            found |= zip(some, read, strict=True)
        return found

    async def _row(self, event: DeskEvent, record: RowRecord | None) -> tuple[Told, Moved]:
        name = event.subject
        before, after = self.sessions.get(name), None if record is None else record.session
        row = None if record is None else await self._views.shown(record)
        gone = event_frame(event, conversation_id=name, row=None)
        told = Told(
            position=event.position,
            kind="row",
            subject_id=name,
            body=gone if row is None else event_frame(event, conversation_id=name, row=row),
            gone=gone,
            before=subject_of(before),
            after=NOBODYS if record is None else subject_of(after),
        )
        return told, Moved(name, before, after)

    def _move(self, change: Moved) -> None:
        if change.after is not None and change.after.is_open:
            self.sessions[change.conversation_id] = change.after
        else:
            self.sessions.pop(change.conversation_id, None)

    async def _other(self, event: DeskEvent) -> Told | None:
        after: Subject | None = None
        match event.kind:
            case "presence":
                agent = await self._store.agent(event.subject)
                if agent is None:
                    return None
                body = event_frame(event, presence=presence_shown(agent))
            case "review":
                review = await self._store.review(event.subject)
                if review is None:
                    return None
                after = Subject(group_id=review.group_id)
                body = event_frame(event, review=await self._views.review(review))
            case "notice":
                said = {name: event.data.get(name) for name in _NOTICED}
                body = event_frame(event, **said)
            case _:
                body = event_frame(event, **dict(event.data))
        return Told(
            position=event.position,
            kind=event.kind,
            subject_id=event.subject,
            body=body,
            to=event.to,
            after=after,
        )
