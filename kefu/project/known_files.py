"""Files of training data as they were read last, for who reads a project again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kefu.project.nlu_file import NluCollector
from kefu.project.yaml import Document, Readable

__all__ = ["KnownFile", "KnownFiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What a file had, when nothing at all was wrong with it."""

    document: Document
    nlu: NluCollector | None
    """What it has for understanding; None: nothing."""
    has_stories: bool


@dataclass(frozen=True, slots=True)
class _Unsaved:
    data: bytes

    def read_bytes(self) -> bytes:
        return self.data


class KnownFiles:
    """Remembers files by their content; nothing is told by their times."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[bytes, bool, KnownFile]] = {}
        self.unsaved: Mapping[Path, bytes] = {}
        """What stands in an editor instead of on the disk, by absolute path; replaced as a whole,
        as somebody may be reading."""

    def supposing(self, texts: Mapping[Path, bytes]) -> KnownFiles:
        """Return the same files as if some had other texts; what is known of files is shared."""
        other = KnownFiles()
        other._known = self._known
        other.unsaved = {**self.unsaved, **texts}
        return other

    def new_below(self, folders: Iterable[Path]) -> list[Path]:
        """Return files of an editor that are to be in folders, and are not on the disk yet."""
        wanted = {folder.absolute() for folder in folders}
        return [
            path
            for path in self.unsaved
            if not wanted.isdisjoint(path.parents) and not path.exists()
        ]

    def source(self, path: Path) -> Readable:
        """Return what a file is read from."""
        data = self.unsaved.get(path.absolute())
        return path if data is None else _Unsaved(data)

    def get(self, path: Path, data: bytes, *, uses_regexes: bool) -> KnownFile | None:
        """Return what a file has if its content is as it was, and read for such a pipeline."""
        known = self._known.get(path)
        if known is None or known[:2] != (data, uses_regexes):
            return None
        return known[2]

    def put(self, path: Path, data: bytes, file: KnownFile, *, uses_regexes: bool) -> None:
        """Remember a file."""
        self._known[path] = (data, uses_regexes, file)

    def forget(self, path: Path) -> None:
        """Remember a file no longer."""
        self._known.pop(path, None)
