"""Which conversations this process may take turns in, where several processes could."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from kefu.core.leases import Lease
from kefu.errors import StorageError
from kefu.gateway.coordination import FREED, WANTED, Coordination, LiveMessage
from kefu.gateway.counters import Counters
from kefu.logs import fields

__all__ = ["TurnLeases"]

log = logging.getLogger(__name__)

_PREFIX = "turn:"
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.4
_PAUSE_WHEN_WOKEN = 1.0
"""Longest wait where the holder says when it is done; it may die before."""


class TurnLeases:
    """Takes, renews and gives back the leases of conversations."""

    def __init__(self, shared: Coordination, counters: Counters, *, seconds: float) -> None:
        """Put it together.

        Args:
            shared: What the processes have in common.
            counters: Counts waits and losses.
            seconds: How long a lease lasts that is not renewed: as long as the conversations of
                a process that died wait for another.
        """
        self._shared = shared
        self._counters = counters
        self._seconds = seconds
        self._held: dict[str, Lease] = {}
        self._wanted: set[str] = set()
        """Held conversations that another process waits for."""
        self._waiting: dict[str, asyncio.Event] = {}
        self._pauses: dict[str, float] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._kick = asyncio.Event()
        self._stop: Callable[[], None] = shared.bus.subscribe(self._hear)
        shared.on_change(self.check)

    def held(self, conversation_id: str) -> Lease | None:
        """Return the lease that this process has of a conversation."""
        return self._held.get(conversation_id)

    async def take(self, conversation_id: str) -> bool:
        """Whether the conversation's turns are this process's to take, from now on.

        Raises:
            Unavailable: Nobody hands out leases.
        """
        if conversation_id in self._held:
            return True
        name = f"{_PREFIX}{conversation_id}"
        lease = await self._shared.leases.acquire(name, seconds=self._seconds)
        if lease is None:
            self._counters.lease_waits += 1
            return False
        self._pauses.pop(conversation_id, None)
        self._held[conversation_id] = lease
        if self._renewing is None:
            self._renewing = asyncio.get_running_loop().create_task(self._renew())
        return True

    async def wait(self, conversation_id: str) -> None:
        """Return when it may be worth trying :meth:`take` again."""
        event = self._waiting.setdefault(conversation_id, asyncio.Event())
        bus = self._shared.bus
        pause = self._pauses.get(conversation_id, _FIRST_PAUSE)
        longest = _PAUSE_WHEN_WOKEN if bus.is_complete else _LONGEST_PAUSE
        self._pauses[conversation_id] = min(2 * pause, longest)
        bus.publish(LiveMessage(conversation_id=conversation_id, kind=WANTED))
        try:
            async with asyncio.timeout(pause * random.uniform(0.5, 1.5)):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.pop(conversation_id, None)

    async def release(self, conversation_id: str) -> None:
        """Give a conversation back."""
        lease = self._held.pop(conversation_id, None)
        if lease is None:
            return
        is_wanted = conversation_id in self._wanted
        self._wanted.discard(conversation_id)
        try:
            await self._shared.leases.release(lease)
        except StorageError as error:
            log.info("a lease was left to end by itself", extra=fields(error=str(error)))
        if is_wanted:
            self._shared.bus.publish(LiveMessage(conversation_id=conversation_id, kind=FREED))

    def check(self) -> None:
        """Renew all leases at once, as when who hands them out has changed."""
        self._kick.set()

    async def close(self) -> None:
        """Give everything back."""
        self._stop()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        for conversation_id in list(self._held):
            await self.release(conversation_id)

    def _hear(self, message: LiveMessage) -> None:
        conversation_id = message.conversation_id
        if message.kind == FREED and conversation_id in self._waiting:
            self._waiting[conversation_id].set()
        elif message.kind == WANTED and conversation_id in self._held:
            self._wanted.add(conversation_id)

    async def _renew(self) -> None:
        """Renew what is held until nothing is."""
        while self._held:
            self._kick.clear()
            try:
                async with asyncio.timeout(self._seconds / 3):
                    await self._kick.wait()
            except TimeoutError:
                pass
            for conversation_id, lease in list(self._held.items()):
                await self._renew_one(conversation_id, lease)
        self._renewing = None

    async def _renew_one(self, conversation_id: str, lease: Lease) -> None:
        leases, seconds = self._shared.leases, self._seconds
        try:
            if await leases.renew(lease, seconds=seconds):
                return
            again = await leases.acquire(lease.name, seconds=seconds)
        except StorageError as error:
            log.info("a lease could not be renewed", extra=fields(error=str(error)))
            return
        if self._held.get(conversation_id) is not lease:
            if again is not None:  # the turn ended meanwhile
                await leases.release(again)
            return
        if again is None:
            self._counters.leases_lost += 1  # the turn goes on: its commit decides
            return
        self._held[conversation_id] = again
