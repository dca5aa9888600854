"""One round for all open WebSockets: asks the silent whether they are there, lets go of the dead.

A timer for each of ten thousand visitors would cost more than everything else about them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from kefu.channels.base import Humans
from kefu.clock import Clock

__all__ = ["Beating", "Pulse"]

ROUND_SECONDS = 15.0
ASKED_AFTER = 40.0
"""Seconds of silence after which a client is asked; those that ping never are."""
GONE_AFTER = 75.0
AT_ONCE = 200


class Beating(Protocol):
    """An open connection."""

    heard_at: float

    @property
    def waits_for_human(self) -> bool:
        """Whether its customer is in the queue."""
        ...

    async def ask(self) -> None:
        """Send a ``ping``."""
        ...

    async def let_go(self) -> None:
        """Close it."""
        ...

    async def say_how_things_stand(self) -> None:
        """Tell the customer how things stand with the humans, when that has changed."""
        ...


class Pulse:
    """Looks after open connections; rounds are made while there are any."""

    def __init__(
        self,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        humans: Humans | None = None,
    ) -> None:
        """Begin without connections.

        Args:
            clock: Tells the time.
            spawn: Starts the rounds.
            humans: Tell how things stand with them; None: there are none.
        """
        self._clock = clock
        self._spawn = spawn
        self._humans = humans
        self._open: set[Beating] = set()
        self._is_running = False
        self._is_news = False
        self._is_saying = False
        if humans is not None:
            humans.listen(self._changed)

    def add(self, one: Beating) -> None:
        """Look after a connection from now on."""
        one.heard_at = self._clock.now()
        self._open.add(one)
        if not self._is_running:
            self._is_running = True
            self._spawn(self._rounds())

    def remove(self, one: Beating) -> None:
        """Leave a connection alone."""
        self._open.discard(one)

    def __len__(self) -> int:
        return len(self._open)

    async def round(self) -> None:
        """Look at every connection once."""
        now = self._clock.now()
        is_looked_at = self._humans is None
        for number, one in enumerate(tuple(self._open), 1):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
            silent = now - one.heard_at
            if silent > GONE_AFTER:
                await one.let_go()
            elif silent > ASKED_AFTER:
                await one.ask()
            if one.waits_for_human and not is_looked_at:
                self._spawn(self._look())
                is_looked_at = True

    async def _look(self) -> None:
        assert self._humans is not None
        await self._humans.look()  # which tells those whose place changed

    async def _say_to_all(self) -> None:
        """Tell all how things stand: agents came to work, or went home."""
        self._is_saying = True
        while self._is_news:
            self._is_news = False
            for number, one in enumerate(tuple(self._open), 1):
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
                await one.say_how_things_stand()
        self._is_saying = False

    def _changed(self) -> None:
        self._is_news = bool(self._open)
        if self._is_news and not self._is_saying:
            self._spawn(self._say_to_all())

    async def _rounds(self) -> None:
        try:
            while self._open:
                await asyncio.sleep(ROUND_SECONDS)
                await self.round()
        finally:
            self._is_running = False
