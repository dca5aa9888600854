"""Results of training steps on disk, so that an unchanged step need not run again.

The cache may be deleted at any time, and nothing in it is trusted: what cannot be read is as
good as absent.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from kefu.core.parts import Parts
from kefu.errors import ModelError
from kefu.logs import fields
from kefu.model.archive import pack, unpack

__all__ = ["DEFAULT_FOLDER", "StepCache"]

log = logging.getLogger(__name__)

DEFAULT_FOLDER = Path(".kefu") / "cache"
DEFAULT_LIMIT_BYTES = 256 * 1024**2
_SUFFIX = ".parts"


class StepCache:
    """Parts of trained components by the fingerprint of what they were trained from.

    Args:
        folder: Where entries lie, one file each; made when the first is kept.
        limit_bytes: Entries that were not used for longest are dropped beyond this size.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes

    def get(self, key: str) -> Parts | None:
        """Return the parts kept under ``key``; None when there are none that can be read."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                parts = dict(unpack(file))
            os.utime(path)
        except OSError:
            return None
        except ModelError:
            log.warning("ignoring a damaged entry of the training cache", extra=fields(path=path))
            path.unlink(missing_ok=True)
            return None
        return parts

    def has(self, key: str) -> bool:
        """Whether something is kept under ``key``, readable or not."""
        return self._path(key).exists()

    def put(self, key: str, parts: Parts) -> None:
        """Keep ``parts`` under ``key``; a full or read-only disk costs time later, nothing else."""
        unfinished = self.folder / f".{key}.{os.getpid()}.unfinished"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                pack(file, parts)
            unfinished.replace(self._path(key))
            self._shrink()
        except OSError as error:
            log.warning("cannot write the training cache", extra=fields(error=str(error)))
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"

    def _shrink(self) -> None:
        entries = [(item.stat(), item) for item in self.folder.glob(f"*{_SUFFIX}")]
        size = sum(stat.st_size for stat, _ in entries)
        for stat, item in sorted(entries, key=lambda entry: entry[0].st_mtime_ns):
            if size <= self.limit_bytes:
                return
            item.unlink(missing_ok=True)
            size -= stat.st_size
