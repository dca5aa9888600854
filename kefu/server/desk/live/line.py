"""One live line: where one screen stands, and what it is told next.

A line is not sent to; it fetches. It knows up to where it was told, in the feed and in each thread,
and fetches what is behind that when its connection takes more. So however slow it is, it costs
nothing, misses nothing, and is told less only of what was true for a moment: who typed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from kefu.clock import Clock
from kefu.desk.rows import Counts, Reach
from kefu.errors import StorageError
from kefu.server.desk.live.frames import (
    MAX_OPEN,
    PONG,
    ClientFrame,
    Hello,
    Open,
    Ping,
    Shut,
    Typing,
    cursor_frame,
    encoded,
    items_frame,
)
from kefu.server.desk.live.told import Told
from kefu.server.desk.live.topics import Topic
from kefu.server.desk.reach import reach_of, sees
from kefu.server.desk.rows import counts_shown
from kefu.server.desk.shapes import ChangedItem, CountsShown, PresenceShown
from kefu.staff.permissions import Actor, Subject

__all__ = ["Hub", "LiveLine"]

_EVENTS_AT_ONCE: Final = 500
_PAGES_AT_ONCE: Final = 10
_PAGE: Final = 500
_MOST_WHISPERS: Final = 500
_CURSOR_AFTER: Final = 200
"""So many events of others, and the line is told where it stands."""
_COUNTS_SECONDS: Final = 3.0
_LONG_AGO: Final = float("-inf")
_REPLACING: Final = frozenset({"row", "presence", "review"})


class Hub(Protocol):
    """What lines need of :class:`kefu.server.desk.live.hub.LiveHub`."""

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        ...

    @property
    def position(self) -> int:
        """Of the last event that is ready."""
        ...

    async def covers(self, position: int) -> bool:
        """Whether a line that was told up to a position can go on from there."""
        ...

    def behind(self, position: int, limit: int) -> Sequence[Told] | None:
        """Return what was told behind a position, ascending; None: not all of it is kept."""
        ...

    def subject_of(self, conversation_id: str) -> Subject:
        """Return a conversation as something that may be seen or not."""
        ...

    def watch_own(self, line: LiveLine, *, wants_rows: bool) -> None:
        """Let a line watch its agent's own conversations."""
        ...

    def join(self, line: LiveLine, conversation_id: str, *, after: int) -> None:
        """Let a line watch a conversation that is on its screen."""
        ...

    def leave(self, line: LiveLine, conversation_id: str) -> None:
        """It is no longer on the screen."""
        ...

    def typed(self, line: LiveLine, conversation_id: str, *, on: bool) -> None:
        """Tell the customer, and those who look on, that an agent writes."""
        ...

    async def read_for(self, topic: Topic, after: int, limit: int) -> tuple[str, int]:
        """Read what is no longer kept of a thread: items as JSON, and up to where."""
        ...

    async def standing(self, line: LiveLine) -> tuple[PresenceShown | None, CountsShown]:
        """Return what a line is welcomed with."""
        ...

    async def counts(self, reach: Reach, *, anew: bool) -> Counts:
        """Return how many there are in each view."""
        ...


class LiveLine:
    """Where one screen stands; see :class:`kefu.server.desk.live.hub.LiveHub`.

    Attributes:
        actor: Whose it is, with what they may see at the moment.
        news: Set when there may be something to :meth:`take`.
        position: Up to where it was told of the feed; None: it has not said hello yet.
        heard_at: When its screen said something last.
        over: Why it has to end; empty: it goes on.
    """

    def __init__(self, hub: Hub, actor: Actor, avatar: str = "") -> None:
        self._hub = hub
        self.actor = actor
        self.avatar = avatar
        self.agent_id = actor.account_id
        self.news = asyncio.Event()
        self.position: int | None = None
        self.topics: dict[str, Topic] = {}
        self.heard_at = hub.clock.now()
        self.over = ""
        self._direct: deque[str] = deque()
        self._greeting: bool | None = None
        """Whether it is gapless from where it said that it stands; None: it was welcomed."""
        self._goes_on_from_before = False
        """Whether the screen knows a position already, from which it is told on."""
        self._touched: dict[str, None] = {}
        self._whispers: dict[tuple[str, str, str], str] = {}
        self._ticks: dict[str, dict[int, ChangedItem]] = {}
        self._told_cursor = 0
        self._counts_at = 0.0
        self._is_miscounted = False
        self._failed = False
        """Whether something could not be read; it is tried again."""

    # -- what the screen says --------------------------------------------------------------

    async def hear(self, frame: ClientFrame) -> None:
        """Do what a frame of the screen asks for."""
        self.heard_at = self._hub.clock.now()
        match frame:
            case Ping():
                self._direct.append(PONG)
                self.news.set()
            case Hello(cursor=cursor, open=threads):
                await self.greet(cursor)
                for conversation_id, after in threads.items():
                    self.open(conversation_id, after)
            case _ if self.position is None:
                pass
            case Open(conversation_id=name, after=after):
                self.open(name, after)
            case Shut(conversation_id=name):
                self._hub.leave(self, name)
            case Typing(conversation_id=name, on=on):
                self._hub.typed(self, name, on=on)

    async def greet(self, cursor: int | None) -> None:
        """Begin behind a position of the feed; None: with what comes next."""
        hub = self._hub
        is_gapless = cursor is None or await hub.covers(cursor)
        begins_anew = cursor is None or not is_gapless
        self.position = hub.position if begins_anew or cursor is None else cursor
        self._told_cursor = self.position
        self._greeting, self._goes_on_from_before = is_gapless, not begins_anew
        self._counts_at, self._is_miscounted = hub.clock.now(), False
        hub.watch_own(self, wants_rows=cursor is not None)
        self.news.set()

    def open(self, conversation_id: str, after: int) -> None:
        """Tell new entries of a thread from now on, if the agent may read it."""
        known = self.topics.get(conversation_id)
        is_open = known is not None and known.subs[self].is_open
        if not is_open and sum(one.subs[self].is_open for one in self.topics.values()) >= MAX_OPEN:
            return
        if sees(self.actor, self._hub.subject_of(conversation_id)):
            self._hub.join(self, conversation_id, after=after)

    def knows(self, conversation_id: str, after: int) -> bool:
        """Whether it was told of an open thread up to a place, and no further."""
        topic = self.topics.get(conversation_id)
        sub = None if topic is None else topic.subs.get(self)
        return sub is not None and sub.is_open and sub.seq == after

    def become(self, actor: Actor, avatar: str) -> None:
        """Go on as an account that was changed; what its screen knows may no longer be right."""
        is_other = (actor.permissions, actor.groups) != (self.actor.permissions, self.actor.groups)
        self.actor, self.avatar = actor, avatar
        if not is_other or self.position is None:
            return
        self.position = self._hub.position
        self._greeting, self._goes_on_from_before = False, False
        for name, topic in tuple(self.topics.items()):
            if not sees(actor, topic.subject):
                self._hub.leave(self, name)
        self.news.set()

    def end(self, reason: str) -> None:
        """Say that it is over; whoever serves it closes it."""
        self.over = self.over or reason
        self.news.set()

    # -- what happens ----------------------------------------------------------------------

    def told(self, told: Sequence[Told], before: int, now: int) -> None:
        """Take note of what the feed told between two positions.

        A line that was up to date, and that none of it is for, is up to date again: it need not be
        woken for what others are told.
        """
        if self.position is None:
            return
        if self.position == before and not any(one.frame_for(self.actor) for one in told):
            self.position = now
            if now - self._told_cursor < _CURSOR_AFTER:
                return
        self.news.set()

    def touch(self, conversation_id: str) -> None:
        """There are new entries in a thread."""
        self._touched[conversation_id] = None
        self.news.set()

    def whisper(self, key: tuple[str, str, str], frame: str) -> None:
        """Tell something that is only true now; the same key replaces what was not told yet."""
        self._whispers.pop(key, None)
        if len(self._whispers) < _MOST_WHISPERS:
            self._whispers[key] = frame
            self.news.set()

    def tick(self, conversation_id: str, changed: Iterable[ChangedItem]) -> None:
        """Tell how far things got; of each thing the latest counts."""
        known = self._ticks.setdefault(conversation_id, {})
        for one in changed:
            before = known.get(one.seq)
            is_recalled = before is not None and before.is_recalled is True
            known[one.seq] = replace(one, is_recalled=True) if is_recalled else one
        while len(known) > _MOST_WHISPERS:
            known.pop(next(iter(known)))
        self.news.set()

    @property
    def is_due(self) -> bool:
        """Whether something is to be taken that time alone brings, or that could not be read."""
        return self._failed or self._wants_counts

    @property
    def _wants_counts(self) -> bool:
        """Whether the numbers that its screen shows are due again."""
        is_due = self._hub.clock.now() - self._counts_at >= _COUNTS_SECONDS
        return self.position is not None and self._is_miscounted and is_due

    # -- what is told ----------------------------------------------------------------------

    async def take(self) -> list[str]:
        """Return what is to be told next, nothing if there is nothing.

        What cannot be read at the moment is told later.
        """
        self.news.clear()
        self._failed = False
        frames = [*self._direct]
        self._direct.clear()
        if self.position is None:
            return frames
        if self._greeting is not None:
            welcome = await self._welcome(is_gapless=self._greeting)
            if welcome is None:
                return frames
            frames.append(welcome)
        frames += self._events(self.position)
        touched, self._touched = self._touched, {}
        for conversation_id in touched:
            frames += await self._items(conversation_id)
        frames += self._passing()
        if self._wants_counts:
            frames += await self._counts()
        return frames

    async def _welcome(self, *, is_gapless: bool) -> str | None:
        # A screen that begins drops what it is told up to this cursor; one that goes on does not.
        position = self._hub.position if self._goes_on_from_before else self.position
        try:
            presence, counts = await self._hub.standing(self)
        except StorageError:
            self._failed = True
            return None
        self._greeting = None
        welcome = {
            "type": "welcome",
            "cursor": position,
            "is_gapless": is_gapless,
            "presence": presence,
            "counts": counts,
        }
        return encoded(welcome)

    def _events(self, position: int) -> list[str]:
        behind = self._hub.behind(position, _EVENTS_AT_ONCE)
        if behind is None:  # too slow for too long
            self.position = self._hub.position
            self._greeting, self._goes_on_from_before = False, False
            self.news.set()
            return []
        if not behind:
            return self._where_it_stands(position)
        self.position = behind[-1].position
        if len(behind) == _EVENTS_AT_ONCE:
            self.news.set()
        told = _latest(behind, self.actor)
        if told:
            self._told_cursor = self.position
            self._is_miscounted = True
        if any(one.changes_hands_of(self.agent_id) for one in behind):
            self._counts_at = _LONG_AGO  # what they did themselves is seen at once
        return [*told, *self._where_it_stands(self.position)]

    def _where_it_stands(self, position: int) -> list[str]:
        if position - self._told_cursor < _CURSOR_AFTER:
            return []
        self._told_cursor = position
        return [cursor_frame(position)]

    async def _items(self, conversation_id: str) -> list[str]:
        topic = self.topics.get(conversation_id)
        if topic is None or topic.seq is None:
            return []
        if not sees(self.actor, topic.subject):
            self._hub.leave(self, conversation_id)
            return []
        sub = topic.subs[self]
        frames: list[str] = []
        known = topic.seq if sub.seq is None else sub.seq
        while (items := topic.items_behind(known)) is None and sub.is_open:
            if len(frames) == _PAGES_AT_ONCE:
                return self._goes_on(conversation_id, frames)
            try:
                text, known = await self._hub.read_for(topic, known, _PAGE)
            except StorageError:
                self._failed = True
                self._touched[conversation_id] = None
                return frames
            sub.seq = known
            if text:
                frames.append(items_frame(conversation_id, text, known))
        if items or items is None or sub.wants_row:
            row = topic.row if sub.is_own else "null"
            if row is None:  # whoever reads it touches this line again
                return frames
            frames.append(items_frame(conversation_id, items or "", topic.seq, row))
            self._is_miscounted = self._is_miscounted or sub.is_own
        sub.seq, sub.wants_row = max(known, topic.seq), False
        return frames

    def _goes_on(self, conversation_id: str, frames: list[str]) -> list[str]:
        """Tell so much first; the rest with the next frames."""
        self.touch(conversation_id)
        return frames

    def _passing(self) -> list[str]:
        frames = list(self._whispers.values())
        self._whispers.clear()
        for conversation_id, ticks in self._ticks.items():
            changed = {
                "type": "changed_items",
                "conversation_id": conversation_id,
                "items": list(ticks.values()),
            }
            frames.append(encoded(changed))
        self._ticks.clear()
        return frames

    async def _counts(self) -> list[str]:
        is_at_once, self._counts_at = self._counts_at == _LONG_AGO, self._hub.clock.now()
        try:
            counts = await self._hub.counts(reach_of(self.actor), anew=is_at_once)
        except StorageError:
            return []
        self._is_miscounted = False
        return [encoded({"type": "counts", "counts": counts_shown(counts)})]


def _latest(behind: Iterable[Told], actor: Actor) -> list[str]:
    """Return what somebody is told of events, of those about the same thing the last one."""
    told: dict[object, str] = {}
    for one in behind:
        frame = one.frame_for(actor)
        if frame is None:
            continue
        key: object = (one.kind, one.subject_id) if one.kind in _REPLACING else one.position
        told.pop(key, None)
        told[key] = frame
    return list(told.values())
