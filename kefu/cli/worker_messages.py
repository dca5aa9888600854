"""The lines that a worker and its supervisor say to each other."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal

import msgspec

from kefu.logs import fields

__all__ = ["LONGEST_LINE", "WorkerMessage", "decoded", "read_line"]

log = logging.getLogger(__name__)

LONGEST_LINE = 8 * 1024 * 1024

_encode = msgspec.json.Encoder().encode


class WorkerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A line."""

    kind: Literal[
        "ready", "beat", "ask figures", "figures", "merge", "merged", "news",
        "job", "no job", "job taken", "job begins", "job over", "jobs", "pass", "nobody",
    ]  # fmt: skip
    number: int = 0
    """Of a question or job, so that its answer finds back; of the other worker with what is
    passed, and with ``nobody``; with ``jobs`` how many there are."""
    name: str = ""
    """Whom what is passed concerns."""
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


async def read_line(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next line; empty when the other end is gone, None for one that is too long."""
    try:
        return await reader.readline()
    except ValueError as error:
        log.warning("a line is longer than any may be", extra=fields(error=str(error)))
        return None
