"""The feed of the desk: what was told, in order, to every screen in every process.

The database is the truth; hints only say that there is something. A screen resumes from the
position it knows and gets exactly what it missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NoReturn, Protocol

from kefu.clock import Clock
from kefu.desk.changes import DeskEvent
from kefu.desk.ports import DeskStore
from kefu.errors import StorageError
from kefu.logs import fields

__all__ = ["Feed", "Hints"]

log = logging.getLogger(__name__)

KEPT_SECONDS: Final = 24 * 3600.0
"""A screen that was away for longer loads everything anew."""

_LOOK_SECONDS: Final = 0.5
_REMEMBERED: Final = 5_000
_PAGE: Final = 500
_MOST: Final = 2_000
"""A screen that missed more than so many loads everything anew."""

Listener = Callable[[Sequence[DeskEvent]], None]


class Hints(Protocol):
    """Tells the other processes that something was told; what it loses, it loses."""

    @property
    def is_complete(self) -> bool:
        """Whether everything arrives here now that other processes publish."""
        ...

    def publish(self) -> None:
        """Tell the others."""
        ...

    def subscribe(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` when others publish, until the result is called."""
        ...


class Feed:
    """Reads the feed once for all screens of this process.

    Attributes:
        position: Of the last event that was read.
    """

    def __init__(self, store: DeskStore, clock: Clock, hints: Hints | None = None) -> None:
        """Begin; ``hints`` is None when there are no other processes."""
        self._store = store
        self._clock = clock
        self._hints = hints
        self._is_alone = hints is None
        self._recent: deque[DeskEvent] = deque(maxlen=_REMEMBERED)
        self._listeners: list[Listener] = []
        self._something = asyncio.Event()
        self.position = 0
        if hints is not None:
            hints.subscribe(self._something.set)

    def told(self, position: int) -> None:
        """Take note that this process told something."""
        if position > self.position:
            self.told_beside()

    def told_beside(self) -> None:
        """Take note that something was told beside the desk, as when customers merge."""
        self._something.set()
        if self._hints is not None:
            self._hints.publish()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Give ``listener`` what is told from now on, until the result is called."""
        self._listeners.append(listener)

        def stop() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    async def since(self, cursor: int) -> tuple[Sequence[DeskEvent], bool]:
        """Return what was told behind a position up to :attr:`position`, and whether it is all.

        It is not when the position is unknown, too old, or too much was told since.
        """
        if not 0 <= cursor <= self.position:
            return (), False
        if cursor == self.position:
            return (), True
        if self.position - cursor > _MOST:
            return (), False
        if self._recent and self._recent[0].position <= cursor + 1:
            return [one for one in self._recent if one.position > cursor], True
        oldest, _ = await self._store.ends()
        if cursor + 1 < oldest:
            return (), False
        found: list[DeskEvent] = []
        while page := await self._store.events(after=cursor, limit=_PAGE):
            found += (one for one in page if one.position <= self.position)
            cursor = page[-1].position
            if cursor >= self.position or len(page) < _PAGE:
                break
        return found, True

    async def begin(self) -> None:
        """Start at the end."""
        _, self.position = await self._store.ends()

    async def run(self) -> NoReturn:
        """Read whatever is told, until cancelled."""
        while True:
            waits = None if self._is_alone or self._is_complete() else _LOOK_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(waits):
                    await self._something.wait()
            self._something.clear()
            try:
                await self.look()
            except StorageError as error:
                log.info("the feed of the desk cannot be read", extra=fields(error=str(error)))
                await asyncio.sleep(_LOOK_SECONDS)
                self._something.set()

    def _is_complete(self) -> bool:
        return self._hints is not None and self._hints.is_complete

    async def look(self) -> None:
        """Read what is new and give it to those who listen."""
        while page := await self._store.events(after=self.position, limit=_PAGE):
            self.position = page[-1].position
            self._recent.extend(page)
            for listener in tuple(self._listeners):
                listener(page)

    async def forget_old(self) -> int:
        """Drop what nobody resumes from any more."""
        return await self._store.drop_events(before=self._clock.now() - KEPT_SECONDS)
