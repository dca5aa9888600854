"""One round for all open WebSockets: asks the silent whether they are there, lets go of the dead.

A timer for each of ten thousand visitors would cost more than everything else about them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

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

    async def say_position(self, waiting: Sequence[str]) -> None:
        """Tell the customer how many are before them."""
        ...


class Pulse:
    """Looks after open connections; rounds are made while there are any."""

    def __init__(
        self,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        waiting: Callable[[], Coroutine[Any, Any, Sequence[str]]] | None = None,
    ) -> None:
        """Begin without connections.

        Args:
            clock: Tells the time.
            spawn: Starts the rounds.
            waiting: Returns the conversations in the queue, the longest waiting first.
        """
        self._clock = clock
        self._spawn = spawn
        self._waiting = waiting
        self._open: set[Beating] = set()
        self._is_running = False

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
        queue: Sequence[str] | None = None
        for number, one in enumerate(tuple(self._open), 1):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
            silent = now - one.heard_at
            if silent > GONE_AFTER:
                await one.let_go()
            elif silent > ASKED_AFTER:
                await one.ask()
            if one.waits_for_human and self._waiting is not None:
                queue = await self._waiting() if queue is None else queue
                await one.say_position(queue)

    async def _rounds(self) -> None:
        try:
            while self._open:
                await asyncio.sleep(ROUND_SECONDS)
                await self.round()
        finally:
            self._is_running = False
