"""Tells channels how things stand with the humans: places in line, and whether anybody is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Final, NoReturn

from kefu.app.desk import Beside
from kefu.channels.humans import Place, Standing
from kefu.clock import Clock
from kefu.core.human_queue import HumanQueue
from kefu.core.signals import Signal
from kefu.desk.changes import DeskEvent
from kefu.desk.desk import Desk
from kefu.desk.library.library import Library
from kefu.errors import StorageError
from kefu.logs import fields

__all__ = ["HumansNow", "seen_at_the_desk", "seen_elsewhere", "watched_humans"]

log = logging.getLogger(__name__)

_FRESH_SECONDS: Final = 1.0
"""Within so long nobody looks twice: a busy desk moves all the time."""
_ROUND_SECONDS: Final = 15.0
"""Opening hours begin and end without anything happening."""
_LONGEST_LINE: Final = 1_000
_KINDS: Final = frozenset({"row", "presence", "library"})

See = Callable[[], Awaitable[Standing]]


class HumansNow:
    """Keeps how things stand, for all visitors of a process; see :class:`Humans` of channels."""

    def __init__(self, see: See, tell: Callable[[str, Signal], None], clock: Clock) -> None:
        """Begin with nobody in line.

        Args:
            see: Looks how things stand.
            tell: Tells those who watch a conversation in this process.
            clock: Tells the time.
        """
        self._see = see
        self._tell = tell
        self._clock = clock
        self._now = Standing()
        self._seen_at: float | None = None
        self._looking = asyncio.Lock()
        self._something = asyncio.Event()
        self._something.set()
        self._hears: list[Callable[[], None]] = []

    @property
    def now(self) -> Standing:
        """How things stood when they were last looked at."""
        return self._now

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` when something changes that concerns all, until the result is called."""
        self._hears.append(hear)

        def stop() -> None:
            with suppress(ValueError):
                self._hears.remove(hear)

        return stop

    def heard(self, events: Sequence[DeskEvent]) -> None:
        """Look again soon if what was told at the desk may have moved the line."""
        if any(event.kind in _KINDS for event in events):
            self._something.set()

    async def look(self) -> Standing:
        """Look again, if that was not done just now."""
        async with self._looking:
            at = self._clock.now()
            if self._seen_at is None or at - self._seen_at >= _FRESH_SECONDS:
                await self._look(at)
        return self._now

    async def run(self) -> NoReturn:
        """Look whenever something moves, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROUND_SECONDS):
                    await self._something.wait()
            self._something.clear()
            async with self._looking:
                await self._look(self._clock.now())
            await asyncio.sleep(_FRESH_SECONDS)

    async def _look(self, at: float) -> None:
        try:
            now = await self._see()
        except StorageError as error:
            log.info("nobody knows how things stand", extra=fields(error=str(error)))
            return
        before, self._now, self._seen_at = self._now, now, at
        for name in _moved(before.places, now.places):
            self._tell(name, Signal(kind="place", by="agent"))
        if (before.is_away, before.takes_messages) != (now.is_away, now.takes_messages):
            for hear in tuple(self._hears):
                hear()


def _moved(before: Mapping[str, Place], after: Mapping[str, Place]) -> list[str]:
    """Return the conversations whose place is worth telling again."""
    shown = {name: place.shown for name, place in before.items()}
    left = [name for name in before if name not in after]
    return [*left, *(name for name, place in after.items() if shown.get(name) != place.shown)]


def seen_at_the_desk(desk: Desk, library: Library) -> See:
    """Return what looks at Kefu's own desk."""

    async def see() -> Standing:
        settings = (await library.settings.now()).settings
        places = await desk.board.places() if settings.position_updates else []
        return Standing(
            places={
                one.conversation_id: Place(
                    position=one.position,
                    wait_seconds=one.wait_seconds,
                    is_away=not one.is_served,
                )
                for one in places
            },
            is_away=not await desk.board.is_served(None),
            takes_messages=settings.leave_message,
        )

    return see


def seen_elsewhere(queue: HumanQueue) -> See:
    """Return what looks at a queue of the project: nobody knows more than who waits."""

    async def see() -> Standing:
        listed = await queue.waiting(limit=_LONGEST_LINE)
        names = [str(entry.get("conversation_id") or entry.get("sender_id")) for entry in listed]
        places = {name: Place(position=place) for place, name in enumerate(names, 1)}
        return Standing(places=places)

    return see


def watched_humans(
    beside: Beside, desk: Desk, library: Library, stack: AsyncExitStack
) -> HumansNow | None:
    """Return what channels are told of the humans; None when the bot hands over to nobody."""
    queue, tell = beside.handoffs.queue, beside.gateway.signal_here
    if queue is None:
        return None
    if getattr(queue, "is_elsewhere", False):
        return HumansNow(seen_elsewhere(queue), tell, beside.clock)
    humans = HumansNow(seen_at_the_desk(desk, library), tell, beside.clock)
    stack.callback(desk.feed.listen(humans.heard))
    stack.callback(beside.background.keep_going("humans", humans.run).cancel)
    return humans
