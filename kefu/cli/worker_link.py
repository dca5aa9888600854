"""A worker's end of what it and its supervisor say to each other: two pipes, a line a message."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import IO, Any

from kefu.cli.worker_jobs import SharedJobs
from kefu.cli.worker_messages import LONGEST_LINE, WorkerMessage, decoded, read_line
from kefu.cli.worker_siblings import WorkerSiblings

__all__ = ["SupervisorLink"]

BEAT_SECONDS = 2.0
_MERGE_SECONDS = 5.0


class SupervisorLink:
    """A worker's end of the pipes."""

    def __init__(
        self, number: int, reader: asyncio.StreamReader, writer: Any, lost: Callable[[], None]
    ) -> None:
        """Put it together; :meth:`opened` makes one. ``lost`` is called when the other end dies."""
        self._reader = reader
        self._writer = writer
        self._lost = lost
        self._numbers = itertools.count(1)
        self._merges: dict[int, asyncio.Future[str]] = {}
        self.figures: Callable[[], str] = str
        """Gives this process's text for ``/metrics``."""
        self.hear_news: Callable[[str], None] = lambda _text: None
        """Takes what the worker that watches the files has to say."""
        self.jobs = SharedJobs(self.say)
        self.siblings = WorkerSiblings(number, self.say)

    @classmethod
    async def opened(
        cls, number: int, pipes: tuple[IO[bytes], IO[bytes]], lost: Callable[[], None]
    ) -> SupervisorLink:
        """Connect the pipes from and to the supervisor to the event loop that is there."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipes[0])
        transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, pipes[1])
        return cls(number, reader, transport, lost)

    def say(self, message: WorkerMessage) -> None:
        """Send a message."""
        self._writer.write(message.line())

    async def beat(self) -> None:
        """Show for ever that the event loop is alive."""
        while True:
            self.say(WorkerMessage(kind="beat"))
            await asyncio.sleep(BEAT_SECONDS)

    async def listen(self) -> None:
        """Answer the supervisor until it is gone, or says more than anybody may."""
        while line := await read_line(self._reader):
            message = decoded(line)
            if message is not None:
                self._hear(message)
        self._lost()

    def _hear(self, message: WorkerMessage) -> None:
        match message.kind:
            case "ask figures":
                text = self.figures()
                self.say(WorkerMessage(kind="figures", number=message.number, text=text))
            case "news":
                self.hear_news(message.text)
            case "merged":
                waiting = self._merges.get(message.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.text)
            case "pass" | "nobody":
                self.siblings.heard(message)
            case _:
                self.jobs.heard(message)

    async def all_figures(self, own: str) -> str:
        """Return the figures of all workers; ``own`` when the others cannot be had."""
        number = next(self._numbers)
        waiting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._merges[number] = waiting
        self.say(WorkerMessage(kind="merge", number=number))
        try:
            async with asyncio.timeout(_MERGE_SECONDS):
                return await waiting
        except TimeoutError:
            return own
        finally:
            del self._merges[number]
