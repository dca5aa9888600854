"""Which model of a folder answers, which did before, and what people call them.

That stands in ``serving.json`` beside the archives. Whoever changes it replaces the file whole, so
that readers see the old or the new; processes that serve look at it and follow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec

from kefu.errors import ModelError

__all__ = ["RECORD", "Reason", "Record", "Served", "changing", "read_record"]

RECORD: Final = "serving.json"
_LOCK: Final = ".serving.lock"
MOST_EARLIER: Final = 50

Reason = Literal["start", "watch", "use", "rollback", "http", "model server", "process"]
"""Who put a model into service; ``process``: another process said that it serves."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """That a model answers from some time on."""

    file: str | None
    """Name of the archive in the folder, or the path of one elsewhere; None: no model answers."""
    model_id: str = ""
    at: float
    """When that was said, in seconds since the Unix epoch; a later one always has more."""
    switch_at: float = 0.0
    """When all processes change, so that they do it together."""
    by: Reason = "use"
    newest_ns: int = 0
    """When the newest archive of the folder was written: one written later takes over."""


@dataclass(slots=True)
class Record:
    """What the file says."""

    served: Served | None = None
    earlier: list[Served] = field(default_factory=list)
    """What answered before, the latest last; rolling back takes from its end."""
    tags: dict[str, str] = field(default_factory=dict)
    """Name that somebody gave -> name of an archive."""

    def serve(self, served: Served) -> None:
        """Let another model answer, and remember the one that did."""
        before = self.served
        if before is not None and before.file is not None and before.file != served.file:
            self.earlier = [*self.earlier, before][-MOST_EARLIER:]
        self.served = served


def read_record(folder: Path) -> Record:
    """Return what ``folder`` says; a file that cannot be read says nothing."""
    try:
        return msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Record()


@contextmanager
def changing(folder: Path) -> Iterator[Record]:
    """Give what ``folder`` says to be changed, and keep it; one at a time.

    Raises:
        ModelError: It cannot be kept; then nothing has changed.
    """
    unfinished = folder / f".{RECORD}.{os.getpid()}.unfinished"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / _LOCK):
            record = read_record(folder)
            before = msgspec.json.encode(record)
            yield record
            if msgspec.json.encode(record) == before:
                return
            text = msgspec.json.format(msgspec.json.encode(record), indent=2)
            try:
                with unfinished.open("wb") as file:
                    file.write(text + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(folder / RECORD)
            finally:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(
            f"{folder / RECORD}: cannot note which model answers: {error.strerror or error}"
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes out while inside; where the system has no such locks, trust in luck."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
