"""The conversations that lines watch: reads new entries, hears signals, tells who looks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.signals import Signal
from kefu.errors import DeskError, StorageError
from kefu.logs import fields
from kefu.server.desk.items import item_state
from kefu.server.desk.live.frames import encoded
from kefu.server.desk.live.line import LiveLine
from kefu.server.desk.live.topics import Sub, Topic
from kefu.server.desk.live.viewers import VIEWING_SECONDS
from kefu.server.desk.reach import NOBODYS
from kefu.server.desk.shapes import PersonShown
from kefu.server.desk.threads import ThreadReader
from kefu.server.desk.views import DeskViews
from kefu.server.desk_ports import Threads
from kefu.staff.permissions import Subject

__all__ = ["Watching"]

log = logging.getLogger(__name__)

_PAGE: Final = 500
_LOOKS_BACK: Final = 200
_AGAIN_SECONDS: Final = VIEWING_SECONDS / 3
VIEWING: Final = "viewing"
"""Kind of the signal with which a process says who looks at a conversation through it."""
_TICKS: Final = frozenset({"delivered", "read"})

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class Watching:
    """Keeps a topic for each conversation that a line watches."""

    def __init__(
        self,
        threads: Threads,
        views: DeskViews,
        reader: ThreadReader,
        clock: Clock,
        spawn: Spawn,
        *,
        shows_typing: Callable[[], bool] = lambda: True,
    ) -> None:
        self._threads = threads
        self._views = views
        self._reader = reader
        self._clock = clock
        self._spawn = spawn
        self._shows_typing = shows_typing
        self._topics: dict[str, Topic] = {}
        self._said_at = 0.0

    def close(self) -> None:
        """Watch nothing any more."""
        for topic in self._topics.values():
            if topic.stop is not None:
                topic.stop()
        self._topics.clear()

    # -- who watches what ------------------------------------------------------------------

    def join(self, line: LiveLine, name: str, *, after: int) -> None:
        """Watch a conversation that is on a line's screen, known up to a place."""
        topic = self._topic(name)
        sub = topic.subs.get(line)
        is_new = sub is None or not sub.is_open
        if sub is None:
            sub = topic.subs[line] = Sub(after)
            line.topics[name] = topic
        sub.seq, sub.is_open = after, True
        if topic.seq is not None and after != topic.seq:
            line.touch(name)
        if is_new:
            self._say(topic, line, on=True)
            topic.tell_viewers(self._clock.now())

    def own(self, line: LiveLine, name: str, *, wants_row: bool) -> None:
        """Watch a conversation that is the agent's own."""
        topic = self._topic(name)
        sub = topic.subs.get(line)
        if sub is None:
            sub = topic.subs[line] = Sub(topic.seq)
            line.topics[name] = topic
        sub.is_own, sub.wants_row = True, sub.wants_row or wants_row
        if topic.seq is not None and topic.needs_row:
            self._hint(topic)
        elif wants_row:
            line.touch(name)

    def leave(self, line: LiveLine, name: str) -> None:
        """It is not on the screen any more."""
        topic = self._topics.get(name)
        sub = None if topic is None else topic.subs.get(line)
        if topic is None or sub is None or not sub.is_open:
            return
        sub.is_open = False
        if not any(one.agent_id == line.agent_id for one in topic.looking()):
            self._say(topic, line, on=False)
        if not sub.is_own:
            self.drop(line, name)

    def disown(self, line: LiveLine, name: str) -> None:
        """It is the agent's own no longer."""
        topic = self._topics.get(name)
        sub = None if topic is None else topic.subs.get(line)
        if sub is not None:
            sub.is_own = False
            if not sub.is_open:
                self.drop(line, name)

    def drop(self, line: LiveLine, name: str) -> None:
        """Watch it no longer for a line."""
        topic = line.topics.pop(name, None)
        if topic is None:
            return
        topic.subs.pop(line, None)
        if not topic.subs and self._topics.get(name) is topic:
            del self._topics[name]
            if topic.stop is not None:
                topic.stop()

    def belongs(self, name: str, subject: Subject) -> None:
        """Take note of whom a conversation belongs to."""
        topic = self._topics.get(name)
        if topic is not None:
            topic.subject = subject

    def row_changed(self, name: str) -> None:
        """Take note that the feed tells of a conversation's row."""
        topic = self._topics.get(name)
        if topic is not None:
            topic.row_changed()
            if topic.needs_row:
                self._hint(topic)

    def _topic(self, name: str) -> Topic:
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = Topic(name, NOBODYS)
            topic.stop = self._threads.watch(
                name, partial(self._hint, topic), signals=partial(self._signalled, topic)
            )
            self._hint(topic)
        return topic

    # -- entries ---------------------------------------------------------------------------

    def _hint(self, topic: Topic) -> None:
        topic.is_dirty = True
        if not topic.is_reading:
            topic.is_reading = True
            self._spawn(self._read(topic))

    async def _read(self, topic: Topic) -> None:
        try:
            while topic.is_dirty and topic.subs:
                topic.is_dirty = False
                await self._catch_up(topic)
        except StorageError as error:
            where = fields(conversation_id=topic.conversation_id, error=str(error))
            log.info("a thread cannot be read for live lines", extra=where)
            topic.is_dirty = True  # the next tick tries again
        finally:
            topic.is_reading = False

    async def _catch_up(self, topic: Topic) -> None:
        name = topic.conversation_id
        if topic.seq is None:
            head = await self._threads.head(name)
            await self._read_row(topic)
            topic.begin(0 if head is None else head.last_seq)
            return
        is_whole = False
        while not is_whole:
            passage = await self._threads.passage(name, after=topic.seq, limit=_PAGE)
            if passage.conversation_id != name:
                return  # it leads elsewhere now; screens are told by the list
            entries, is_whole = passage.entries, len(passage.entries) < _PAGE
            if entries:
                items = await self._reader.shown(name, entries)
                await self._read_row(topic)
                topic.add(items, entries[-1].seq)
                topic.recalled(entries)
            elif topic.needs_row:
                await self._read_row(topic)
                for line, sub in topic.subs.items():
                    if sub.is_own:
                        line.touch(name)

    async def _read_row(self, topic: Topic) -> None:
        while topic.has_own:
            changes = topic.row_changes
            try:
                row = encoded(await self._views.row(topic.conversation_id))
            except DeskError:  # it leads elsewhere now
                row = "null"
            if changes == topic.row_changes:
                topic.row = row
                return

    async def read_for(self, topic: Topic, after: int, limit: int) -> tuple[str, int]:
        """Read what is no longer kept of a thread: items as JSON, and up to where."""
        name = topic.conversation_id
        passage = await self._threads.passage(name, after=after, limit=limit)
        entries = passage.entries
        if passage.conversation_id != name or not entries:
            return "", max(after, topic.seq or 0)
        items = await self._reader.shown(name, entries)
        return ",".join(encoded(item) for item in items), entries[-1].seq

    # -- signals ---------------------------------------------------------------------------

    def _signalled(self, topic: Topic, signal: Signal) -> None:
        now, data = self._clock.now(), signal.data
        if signal.kind == "typing":
            topic.tell_typing(signal, shows_text=self._shows_typing())
            agent = data.get("agent")
            who = str(agent.get("id") or "") if isinstance(agent, dict) else ""
            if signal.by == "agent" and topic.viewers.typed(who, now, on=bool(data.get("on"))):
                topic.tell_viewers(now)
        elif signal.kind == VIEWING:
            self._viewed(topic, signal, now)
        elif signal.by == "customer" and signal.kind in _TICKS:
            up_to = data.get("up_to")
            if isinstance(up_to, int):
                topic.reached(signal.kind, up_to)
        elif signal.by == "customer" and signal.kind == "failed":
            up_to = data.get("up_to")
            if isinstance(up_to, int):
                topic.unsettled[up_to] = "sent"
                self._spawn(self._settle(topic))

    def _viewed(self, topic: Topic, signal: Signal, now: float) -> None:
        data = signal.data
        agent = data.get("agent")
        if data.get("hidden") is not None and isinstance(agent, dict):
            who = str(agent.get("id") or "")
            change = topic.hidden.add if data["hidden"] else topic.hidden.discard
            change(who)
            topic.tell_viewers(now)
            return
        changed, is_new = topic.viewers.heard(data, now)
        if changed:
            topic.tell_viewers(now)
        if is_new and not data.get("again"):
            self._say_all(topic)  # who came does not know yet who is here

    def _say(self, topic: Topic, line: LiveLine, *, on: bool, again: bool = False) -> None:
        agent = {"id": line.agent_id, "name": line.actor.name, "avatar": line.avatar}
        data: dict[str, Any] = {"agent": agent, "on": on, **({"again": True} if again else {})}
        self._threads.signal(topic.conversation_id, Signal(kind=VIEWING, by="agent", data=data))

    def _say_all(self, topic: Topic) -> None:
        said: set[str] = set()
        for line in topic.looking():
            if isinstance(line, LiveLine) and line.agent_id not in said:
                said.add(line.agent_id)
                self._say(topic, line, on=True, again=True)

    def hide(self, name: str, agent_id: str, *, on: bool) -> None:
        """Let nobody see that an agent looks, or let them see it again; in all processes."""
        data = {"agent": {"id": agent_id}, "hidden": on}
        self._threads.signal(name, Signal(kind=VIEWING, by="agent", data=data))

    def viewers(self, name: str) -> list[PersonShown]:
        """Return who has a conversation on the screen."""
        topic = self._topics.get(name)
        if topic is None:
            return []
        return [one for one in topic.viewers.people() if one.id not in topic.hidden]

    # -- time ------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Do what is due as time passes."""
        now = self._clock.now()
        says = now - self._said_at >= _AGAIN_SECONDS
        if says:
            self._said_at = now
        for topic in tuple(self._topics.values()):
            if topic.is_dirty:
                self._hint(topic)
            if says:
                self._say_all(topic)
            if topic.viewers.expire(now):
                topic.tell_viewers(now)
            if topic.unsettled:
                await self._settle(topic)

    async def _settle(self, topic: Topic) -> None:
        """Look what became of what was on its way."""
        places = list(topic.unsettled)
        if not places:
            return
        try:
            found = await self._threads.deliveries_between(
                topic.conversation_id, first=min(places), last=max(places)
            )
        except StorageError:
            return
        states = {one.seq: (str(item_state(one)), one.error) for one in found}
        topic.settled(states)
        for place in places:  # what was there before this looked and has moved on, or is gone
            if states.get(place, ("", None))[0] != "pending":
                topic.unsettled.pop(place, None)
