"""All live lines of a process: the feed and the threads are read once, for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from kefu.clock import Clock
from kefu.desk.changes import DeskEvent
from kefu.desk.desk import Desk
from kefu.desk.people import Person
from kefu.desk.rows import Counts, Reach
from kefu.desk.sessions import ServiceSession
from kefu.errors import StorageError
from kefu.logs import fields
from kefu.server.desk.live.attendance import Attendance
from kefu.server.desk.live.line import LiveLine
from kefu.server.desk.live.telling import Moved, Telling
from kefu.server.desk.live.told import Told
from kefu.server.desk.live.topics import Topic
from kefu.server.desk.live.watching import Watching
from kefu.server.desk.reach import has_part, reach_of
from kefu.server.desk.rows import counts_shown, presence_shown
from kefu.server.desk.shapes import CountsShown, PersonShown, PresenceShown
from kefu.server.desk.threads import ThreadReader
from kefu.server.desk.views import DeskViews
from kefu.server.desk_ports import Threads
from kefu.staff.permissions import Actor, Permission, Subject, allows

__all__ = ["LiveHub"]

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
SILENT_SECONDS: Final = 60.0
"""A line whose screen says nothing for so long has ended."""
MOST_LINES: Final = 20
"""Of one agent; when there are more, the oldest ends."""
_AGAIN_SECONDS: Final = 0.5
_AT_ONCE: Final = 500


class LiveHub:
    """Knows the lines of this process.

    Attributes:
        clock: Tells the time.
    """

    def __init__(
        self,
        desk: Desk,
        threads: Threads,
        views: DeskViews,
        reader: ThreadReader,
        clock: Clock,
    ) -> None:
        """Put it together; :meth:`run` has to run for lines to be told anything."""
        self.clock = clock
        self._desk = desk
        self._telling = Telling(desk, views)
        self._watching = Watching(
            threads, views, reader, clock, self._spawn, shows_typing=lambda: desk.shows_typing
        )
        self._attendance = Attendance(desk.presence, clock)
        self._lines: dict[LiveLine, None] = {}
        self._lines_of: dict[str, list[LiveLine]] = {}
        self._waiting: deque[DeskEvent] = deque()
        self._something = asyncio.Event()
        self._began = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts: dict[Reach, Counts] = {}
        self._is_over = False

    # -- life ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell lines what happens, until cancelled."""
        stop = self._desk.feed.listen(self._heard)
        try:
            await self._begin()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._tell())
                group.create_task(self._beat())
        finally:
            stop()
            self._watching.close()
            for task in tuple(self._tasks):
                task.cancel()

    async def _begin(self) -> None:
        while True:
            try:
                await self._telling.begin()
            except StorageError as error:
                log.info("the desk cannot be read yet", extra=fields(error=str(error)))
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self._began.set()
            return

    async def ready(self) -> None:
        """Wait until lines can begin."""
        await self._began.wait()

    def stop(self) -> None:
        """Say to all lines that they shall come back."""
        self._is_over = True
        for line in tuple(self._lines):
            line.end("restart")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- the feed --------------------------------------------------------------------------

    def _heard(self, events: Sequence[DeskEvent]) -> None:
        self._waiting.extend(events)
        self._something.set()

    async def _tell(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            while self._waiting:
                try:
                    await self.tell()
                except StorageError as error:
                    where = fields(error=str(error))
                    log.info("what was told at the desk cannot be read", extra=where)
                    await asyncio.sleep(_AGAIN_SECONDS)

    async def tell(self) -> None:
        """Make what the feed told ready for all lines.

        Raises:
            StorageError: It cannot be read; it is kept.
        """
        events = [self._waiting[at] for at in range(min(_AT_ONCE, len(self._waiting)))]
        before = self._telling.position
        told, moved = await self._telling.take(events)
        for _ in events:
            self._waiting.popleft()
        for change in moved:
            self._follow(change)
        for line in self._lines:
            line.told(told, before, self._telling.position)

    def _follow(self, change: Moved) -> None:
        """Let the lines watch whose conversation it is now, and no others'."""
        name = change.conversation_id
        self._watching.belongs(name, self._telling.subject(name))
        self._watching.row_changed(name)
        was, is_now = _parts(change.before), _parts(change.after)
        for agent_id in was | is_now:
            for line in self._lines_of.get(agent_id, ()):
                if agent_id not in is_now:
                    self._watching.disown(line, name)
                elif line.position is not None:
                    self._watching.own(line, name, wants_row=False)

    @property
    def position(self) -> int:
        """Of the last event that is ready."""
        return self._telling.position

    async def covers(self, position: int) -> bool:
        """Whether a line that was told up to a position can go on from there."""
        return await self._telling.covers(position)

    def behind(self, position: int, limit: int) -> Sequence[Told] | None:
        """Return what was told behind a position, ascending; None: not all of it is kept."""
        return self._telling.behind(position, limit)

    def subject_of(self, conversation_id: str) -> Subject:
        """Return a conversation as something that may be seen or not."""
        return self._telling.subject(conversation_id)

    # -- lines -----------------------------------------------------------------------------

    async def attach(self, actor: Actor, avatar: str = "") -> LiveLine:
        """Return a new line of an agent; :meth:`detach` it in the end."""
        await self.ready()
        line = LiveLine(self, actor, avatar)
        own = self._lines_of.setdefault(line.agent_id, [])
        if len(own) >= MOST_LINES:
            own[0].end("replaced")
        own.append(line)
        self._lines[line] = None
        if self._is_over:
            line.end("restart")
        await self._attendance.come(line.agent_id)
        return line

    async def detach(self, line: LiveLine) -> None:
        """Forget a line."""
        if line not in self._lines:
            return
        del self._lines[line]
        own = self._lines_of[line.agent_id]
        own.remove(line)
        if not own:
            del self._lines_of[line.agent_id]
        for name in tuple(line.topics):
            self._watching.leave(line, name)
            self._watching.drop(line, name)
        await self._attendance.go(line.agent_id)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def watch_own(self, line: LiveLine, *, wants_rows: bool) -> None:
        """Let a line watch its agent's own conversations."""
        for name, session in self._telling.sessions.items():
            if has_part(line.actor, session):
                self._watching.own(line, name, wants_row=wants_rows)
                self._watching.belongs(name, self._telling.subject(name))

    def join(self, line: LiveLine, conversation_id: str, *, after: int) -> None:
        """Let a line watch a conversation that is on its screen."""
        self._watching.join(line, conversation_id, after=after)
        self._watching.belongs(conversation_id, self._telling.subject(conversation_id))

    def leave(self, line: LiveLine, conversation_id: str) -> None:
        """It is no longer on the screen."""
        self._watching.leave(line, conversation_id)

    async def read_for(self, topic: Topic, after: int, limit: int) -> tuple[str, int]:
        """Read what is no longer kept of a thread: items as JSON, and up to where."""
        return await self._watching.read_for(topic, after, limit)

    async def standing(self, line: LiveLine) -> tuple[PresenceShown | None, CountsShown]:
        """Return what a line is welcomed with."""
        agent = await self._desk.store.agent(line.agent_id)
        counts = await self._desk.store.counts(reach_of(line.actor))
        return None if agent is None else presence_shown(agent), counts_shown(counts)

    async def counts(self, reach: Reach, *, anew: bool) -> Counts:
        """Return how many there are in each view, as of the last second or, ``anew``, of now."""
        found = None if anew else self._counts.get(reach)
        if found is None:
            found = self._counts[reach] = await self._desk.store.counts(reach)
        return found

    # -- who types and looks ---------------------------------------------------------------

    def typed(self, line: LiveLine, conversation_id: str, *, on: bool) -> None:
        """Tell the customer, and those who look on, that an agent writes."""
        session = self._telling.sessions.get(conversation_id)
        may = allows(line.actor, Permission.SESSION_ANSWER) and has_part(line.actor, session)
        if may and session is not None and session.state == "assigned":
            by = Person(line.agent_id, line.actor.name, line.avatar)
            self._desk.speaking.typing(conversation_id, by, on=on)

    def listen(self, conversation_id: str, agent_id: str, *, on: bool) -> None:
        """Let nobody see that an agent looks, or let them see it again."""
        self._watching.hide(conversation_id, agent_id, on=on)

    def viewers(self, conversation_id: str) -> list[PersonShown]:
        """Return who has a conversation on the screen."""
        return self._watching.viewers(conversation_id)

    # -- time ------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            due = [line for line in self._lines if line.is_due]
            for line in due:  # one after the other: numbers for all at once would hold up the rest
                line.news.set()
                await asyncio.sleep(TICK_SECONDS / len(due))
            if not due:
                await asyncio.sleep(TICK_SECONDS)
            try:
                await self.tick()
            except StorageError as error:
                log.info("live lines cannot be looked after", extra=fields(error=str(error)))

    async def tick(self) -> None:
        """Do what is due as time passes."""
        now = self.clock.now()
        self._counts.clear()
        for line in tuple(self._lines):
            if now - line.heard_at > SILENT_SECONDS:
                line.end("silent")
        await self._watching.tick()
        await self._attendance.beat()


def _parts(session: ServiceSession | None) -> frozenset[str]:
    """Return the agents who have a part in a session that is open."""
    if session is None or not session.is_open:
        return frozenset()
    return frozenset(one for one in (session.agent_id, *session.invited) if one)
