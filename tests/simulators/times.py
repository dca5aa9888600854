"""The time a simulator lives in: the real one, or one that a test moves."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable
from typing import Protocol, TypeVar

__all__ = ["ManualTime", "RealTime", "Time"]

T = TypeVar("T")


class Time(Protocol):
    """What simulators need of time; seconds since 1970."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...

    async def limit(self, work: Awaitable[T], seconds: float) -> T:
        """Return what ``work`` gives; raises TimeoutError, having cancelled it, when too late."""
        ...


class RealTime:
    """The time on the wall."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def limit(self, work: Awaitable[T], seconds: float) -> T:
        async with asyncio.timeout(seconds):
            return await work


class ManualTime:
    """Stands still until :meth:`advance`; whoever sleeps then wakes in order."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()

    def now(self) -> float:
        return self._now

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass; a test advances when its sleeper is there."""
        return sum(not future.done() for *_, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._number), future))
        await future

    async def limit(self, work: Awaitable[T], seconds: float) -> T:
        working = asyncio.ensure_future(work)
        waiting = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise TimeoutError
        finally:
            for task in (working, waiting):
                task.cancel()
            await asyncio.gather(working, waiting, return_exceptions=True)

    def advance(self, seconds: float) -> None:
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
