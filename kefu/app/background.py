"""Work that goes on beside the messages: supervised, and ended with the app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from kefu.logs import fields

__all__ = ["Background"]

log = logging.getLogger(__name__)

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class Background:
    """Owns all tasks of an app; an async context manager that cancels them at its end."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        # Told of an error of the block, the group would wrap it in a group of errors.
        await self._group.__aexit__(None, None, None)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work`` once; if it fails, that is logged and nothing else happens."""
        task = self._start(self._once(work), _name(work))
        task.add_done_callback(lambda _: work.close())  # when cancelled before it began
        return task

    def keep_going(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run ``work``, which has no end, and begin it again after a pause whenever it fails."""
        return self._start(self._again_and_again(name, work), name)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _once(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            log.exception("background work failed", extra=fields(work=_name(work)))

    async def _again_and_again(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                await work()
            except Exception:
                log.exception(
                    "background work failed and is begun again",
                    extra=fields(work=name, in_seconds=pause),
                )
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _name(work: Coroutine[Any, Any, None]) -> str:
    return getattr(work, "__qualname__", type(work).__name__)
