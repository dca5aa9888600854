"""Long work in threads that nobody waits for when an app ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["AbandonedThreads"]

Result = TypeVar("Result")


class AbandonedThreads:
    """Runs work as :func:`asyncio.to_thread` does, but a loop that ends does not wait for it.

    Who ends a process while some is under way ends it at once: an interpreter that is taken down
    under native code aborts.
    """

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()

    @property
    def are_busy(self) -> bool:
        """Whether something is under way."""
        return any(thread.is_alive() for thread in self._threads)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns; cancelled, it goes on and is forgotten."""
        future: Future[Result] = Future()
        future.set_running_or_notify_cancel()

        def go() -> None:
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                future.set_exception(error)
            else:
                future.set_result(result)

        thread = threading.Thread(target=go, name="abandoned work", daemon=True)
        self._threads = {one for one in self._threads if one.is_alive()} | {thread}
        thread.start()
        return await asyncio.wrap_future(future)
