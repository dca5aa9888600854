"""Threads with event loops of their own, so that blocking code in actions blocks nobody else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

__all__ = ["ActionThreads"]


class _LoopThread:
    """A daemon thread that runs an event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="kefu-actions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end once it has nothing running that blocks it."""
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.close()


class ActionThreads:
    """Runs asynchronous work together on one loop, and blocking work each on a thread of its own.

    A thread that does not answer in time is given up; it ends when its work ends.
    """

    def __init__(self) -> None:
        self._shared: _LoopThread | None = None
        self._idle: list[_LoopThread] = []

    async def run(
        self,
        work: Callable[[], Coroutine[Any, Any, Any]],
        *,
        is_async: bool,
        timeout: float,  # noqa: ASYNC109 - the thread has to be given up as well
    ) -> Any:
        """Run ``work`` and return its result.

        Raises:
            TimeoutError: It took longer than ``timeout`` seconds.
        """
        thread = self._taken(is_async=is_async)
        future = asyncio.run_coroutine_threadsafe(work(), thread.loop)
        try:
            result = await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except (TimeoutError, asyncio.CancelledError):
            if not future.done() or future.cancelled():
                self._give_up(thread, is_async=is_async)
            raise
        finally:
            if not is_async and future.done() and not future.cancelled():
                self._idle.append(thread)
        return result

    def close(self) -> None:
        """Let all threads end."""
        for thread in (*self._idle, *((self._shared,) if self._shared else ())):
            thread.stop()
        self._idle.clear()
        self._shared = None

    def _taken(self, *, is_async: bool) -> _LoopThread:
        if not is_async:
            return self._idle.pop() if self._idle else _LoopThread()
        if self._shared is None:
            self._shared = _LoopThread()
        return self._shared

    def _give_up(self, thread: _LoopThread, *, is_async: bool) -> None:
        """Drop a thread that is stuck; the shared one only if nothing else can run on it."""
        if not is_async:
            thread.stop()
        elif thread is self._shared and not _answers(thread.loop):
            self._shared = None
            thread.stop()


def _answers(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether ``loop`` takes up new work at once, or is blocked."""
    taken = threading.Event()
    loop.call_soon_threadsafe(taken.set)
    return taken.wait(0.05)
