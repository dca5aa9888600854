"""An event loop in a thread of its own, so that the main thread may wait for the keyboard."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

__all__ = ["LoopThread", "leave_at_once"]

Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines for code that is not one; a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run ``work`` in the loop and return its result; Ctrl-C cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    @contextmanager
    def entered(self, manager: AbstractAsyncContextManager[Result]) -> Iterator[Result]:
        """Enter ``manager`` and leave it in the same task, as task groups want it."""
        opened: asyncio.Future[Result] = asyncio.Future(loop=self._loop)
        finished = asyncio.Event()

        async def stay() -> None:
            try:
                async with manager as value:
                    opened.set_result(value)
                    await finished.wait()
            except BaseException as error:
                if opened.done():
                    raise
                opened.set_exception(error)

        async def value() -> Result:
            return await opened

        staying = asyncio.run_coroutine_threadsafe(stay(), self._loop)
        try:
            yield self.run(value())
        finally:
            self._loop.call_soon_threadsafe(finished.set)
            staying.result()


def leave_at_once() -> NoReturn:
    """End the process, rightly, beside threads that train.

    Nobody waits for them, and an interpreter that ends under native code aborts.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
