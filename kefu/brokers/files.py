"""Events in a file, one JSON object a line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from kefu.errors import BrokerError
from kefu.gateway.feeding import Publication

__all__ = ["FilePublisher"]


class FilePublisher:
    """Appends to a file and flushes it to the disk; follows when the file is rotated away."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Append events."""
        text = "".join(f"{publication.body}\n" for publication in publications)
        try:
            await asyncio.to_thread(_append, self._path, text.encode())
        except OSError as error:
            raise BrokerError(f"cannot write events to {self._path}: {error}") from error
        return 0

    async def close(self) -> None:
        """Do nothing: the file is open only while it is written."""


def _append(path: Path, lines: bytes) -> None:
    """Append whole lines; half of a line that a crash or a full disk left is cut off before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        whole = _end_of_last_line(path, size)
        if whole < size:
            file.truncate(whole)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _end_of_last_line(path: Path, size: int) -> int:
    block = 65_536
    with path.open("rb") as file:
        end = size
        while end > 0:
            begin = max(0, end - block)
            file.seek(begin)
            found = file.read(end - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end = begin
    return 0
