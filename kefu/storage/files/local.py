"""Files in a folder of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path

from kefu.errors import StorageError, Unavailable

__all__ = ["LocalFiles"]

_NAME = re.compile(r"[A-Za-z0-9_-]{2,}(\.[a-z0-9]{1,8})?")


class LocalFiles:
    """Keeps files below a folder, spread over subfolders by the first two characters."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, data: bytes) -> None:
        """Keep ``data``: written beside its place, flushed, then moved there at once.

        Raises:
            Unavailable: The disk is full or the folder cannot be written to.
        """
        await asyncio.to_thread(self._put, self._place(name), data)

    async def get(self, name: str) -> bytes | None:
        """Return a file's bytes; None when there is none."""
        if not _NAME.fullmatch(name):
            return None
        return await asyncio.to_thread(self._get, self._place(name))

    async def delete(self, name: str) -> None:
        """Forget a file."""
        await asyncio.to_thread(self._place(name).unlink, missing_ok=True)

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StorageError(f"{name!r} is no name of an attachment")
        return self._folder / name[:2] / name

    def _put(self, place: Path, data: bytes) -> None:
        draft = place.with_name(f".{place.name}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise Unavailable(
                f"an attachment cannot be kept in {self._folder}: {error.strerror}"
            ) from error

    def _get(self, place: Path) -> bytes | None:
        try:
            return place.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"an attachment cannot be read: {error.strerror}") from error
