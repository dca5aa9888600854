"""What a worker and its supervisor say to each other, over two pipes, a line a message."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import IO, Any, Literal

import msgspec

from kefu.logs import fields

__all__ = ["LONGEST_LINE", "SupervisorLink", "WorkerMessage"]

log = logging.getLogger(__name__)

LONGEST_LINE = 8 * 1024 * 1024
BEAT_SECONDS = 2.0
_MERGE_SECONDS = 5.0

_encode = msgspec.json.Encoder().encode


class WorkerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A line."""

    kind: Literal["ready", "beat", "ask figures", "figures", "merge", "merged", "news"]
    number: int = 0
    """Of a question, so that its answer finds back."""
    text: str = ""

    def line(self) -> bytes:
        """Return it as it is sent."""
        return _encode(self) + b"\n"


_decode = msgspec.json.Decoder(WorkerMessage).decode


def decoded(line: bytes) -> WorkerMessage | None:
    """Return the message of a line; None if it is none."""
    try:
        return _decode(line)
    except msgspec.DecodeError as error:
        log.warning("not a message of a worker", extra=fields(error=str(error)))
        return None


class SupervisorLink:
    """A worker's end of the pipes."""

    def __init__(self, reader: asyncio.StreamReader, writer: Any, lost: Callable[[], None]) -> None:
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

    @classmethod
    async def opened(
        cls, incoming: IO[bytes], outgoing: IO[bytes], lost: Callable[[], None]
    ) -> SupervisorLink:
        """Connect the pipes to the event loop that is there."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
        transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, outgoing)
        return cls(reader, transport, lost)

    def say(self, message: WorkerMessage) -> None:
        """Send a message."""
        self._writer.write(message.line())

    async def beat(self) -> None:
        """Show for ever that the event loop is alive."""
        while True:
            self.say(WorkerMessage(kind="beat"))
            await asyncio.sleep(BEAT_SECONDS)

    async def listen(self) -> None:
        """Answer the supervisor until it is gone."""
        while line := await self._reader.readline():
            message = decoded(line)
            if message is None:
                continue
            if message.kind == "ask figures":
                text = self.figures()
                self.say(WorkerMessage(kind="figures", number=message.number, text=text))
            elif message.kind == "news":
                self.hear_news(message.text)
            elif message.kind == "merged":
                waiting = self._merges.get(message.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.text)
        self._lost()

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
