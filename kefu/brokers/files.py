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
    """Append whole lines; what stands there stays, also half a line that a full disk left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.seek(0, os.SEEK_END) > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                lines = b"\n" + lines
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
