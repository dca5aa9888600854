"""One thing at a time per conversation, in order; different conversations in parallel."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from kefu.errors import StorageError, Unavailable

__all__ = ["Guard", "Lanes"]

Job = Callable[[], Awaitable[Any]]


class Guard(Protocol):
    """Decides which lanes are this process's, where others have lanes of the same names."""

    async def take(self, conversation_id: str) -> bool:
        """Whether the lane is this process's from now on, until it is given back."""
        ...

    async def wait(self, conversation_id: str) -> None:
        """Return when :meth:`take` may be worth another try."""
        ...

    async def release(self, conversation_id: str) -> None:
        """Give a lane back."""
        ...


class _Waiting(NamedTuple):
    job: Job
    future: asyncio.Future[Any]
    is_patient: bool


_Lane = deque[_Waiting]


class Lanes:
    """Runs jobs, each in the lane of its conversation.

    A job that has begun is not cancelled when whoever waits for its result goes away.
    """

    def __init__(
        self, *, max_running: int = 64, max_waiting: int = 10_000, guard: Guard | None = None
    ) -> None:
        """Set the limits.

        Args:
            max_running: Jobs that run at once, each of another conversation.
            max_waiting: Jobs, running ones included, above which new ones are refused.
            guard: Is asked before a lane's jobs run.
        """
        self._guard = guard
        self._slots = asyncio.Semaphore(max_running)
        self._max_waiting = max_waiting
        self._lanes: dict[str, _Lane] = {}
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

    def submit(
        self, conversation_id: str, job: Job, *, is_patient: bool = True
    ) -> asyncio.Future[Any]:
        """Run ``job`` after all earlier ones of the conversation; return its future result.

        A job that is not patient is dropped, with the result None, if the lane turns out to be
        another process's.
        """
        if self._is_closed:
            raise Unavailable("the gateway is shutting down; try again in a moment")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieve)
        self.waiting += 1
        lane = self._lanes.get(conversation_id)
        if lane is not None:
            lane.append(_Waiting(job, future, is_patient))
            return future
        self._lanes[conversation_id] = lane = deque([_Waiting(job, future, is_patient)])
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

    async def _drain(self, conversation_id: str, lane: _Lane) -> None:
        guard = self._guard
        try:
            while lane:
                async with self._slots:
                    is_ours = guard is None or await self._may_run(guard, conversation_id, lane)
                    if is_ours and lane:
                        await _settle(lane[0].job, lane[0].future)
                        self._done(lane)
                if guard is None:
                    continue
                if not lane:
                    await guard.release(conversation_id)
                elif not is_ours:
                    await guard.wait(conversation_id)
        finally:
            del self._lanes[conversation_id]
            for waiting in lane:
                self.waiting -= 1
                waiting.future.cancel()

    async def _may_run(self, guard: Guard, conversation_id: str, lane: _Lane) -> bool:
        """Whether the lane is ours; what cannot wait until it is, is dropped."""
        try:
            is_ours = await guard.take(conversation_id)
        except StorageError as error:
            while lane:  # each stands in the log: its turn comes when the store is back
                if not lane[0].future.done():
                    lane[0].future.set_exception(error)
                self._done(lane)
            return False
        while not is_ours and lane and not lane[0].is_patient:
            if not lane[0].future.done():
                lane[0].future.set_result(None)
            self._done(lane)
        return is_ours

    def _done(self, lane: _Lane) -> None:
        lane.popleft()
        self.waiting -= 1


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
