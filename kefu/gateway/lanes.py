"""One thing at a time per conversation, in order; different conversations in parallel."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from kefu.errors import Unavailable

__all__ = ["Lanes"]

Job = Callable[[], Awaitable[Any]]


class Lanes:
    """Runs jobs, each in the lane of its conversation.

    A job that has begun is not cancelled when whoever waits for its result goes away.
    """

    def __init__(self, *, max_running: int = 64, max_waiting: int = 10_000) -> None:
        """Set the limits.

        Args:
            max_running: Jobs that run at once, each of another conversation.
            max_waiting: Jobs, running ones included, above which new ones are refused.
        """
        self._slots = asyncio.Semaphore(max_running)
        self._max_waiting = max_waiting
        self._lanes: dict[str, deque[tuple[Job, asyncio.Future[Any]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self.waiting = 0

    def check_open(self) -> None:
        """Refuse work that cannot be taken on.

        Raises:
            Unavailable: The lanes are full or closed.
        """
        if self._is_closed:
            raise Unavailable("the gateway is shutting down; try again in a moment")
        if self.waiting >= self._max_waiting:
            raise Unavailable(f"{self.waiting} messages are waiting; try again in a moment")

    def is_busy(self, conversation_id: str) -> bool:
        """Whether the conversation has a job that is not done."""
        return conversation_id in self._lanes

    def submit(self, conversation_id: str, job: Job) -> asyncio.Future[Any]:
        """Run ``job`` after all earlier ones of the conversation; return its future result."""
        if self._is_closed:
            raise Unavailable("the gateway is shutting down; try again in a moment")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieve)
        self.waiting += 1
        lane = self._lanes.get(conversation_id)
        if lane is not None:
            lane.append((job, future))
            return future
        self._lanes[conversation_id] = lane = deque([(job, future)])
        task = asyncio.get_running_loop().create_task(self._drain(conversation_id, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return future

    async def run(self, conversation_id: str, job: Job) -> Any:
        """Submit ``job`` and wait for its result."""
        return await asyncio.shield(self.submit(conversation_id, job))

    async def close(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - jobs are cancelled after it
        """Take no more jobs, let those in hand finish, and cancel what is not done in time."""
        self._is_closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def idle(self) -> None:
        """Wait until no job is left."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _drain(
        self, conversation_id: str, lane: deque[tuple[Job, asyncio.Future[Any]]]
    ) -> None:
        try:
            while lane:
                job, future = lane[0]
                async with self._slots:
                    await _settle(job, future)
                lane.popleft()
                self.waiting -= 1
        finally:
            del self._lanes[conversation_id]
            for _, future in lane:
                self.waiting -= 1
                future.cancel()


async def _settle(job: Job, future: asyncio.Future[Any]) -> None:
    try:
        result = await job()
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for the result
        if not future.done():
            future.set_exception(error)
    else:
        if not future.done():
            future.set_result(result)


def _retrieve(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
