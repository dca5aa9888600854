"""Changes the text of files at exact places and leaves every other byte as it is."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

__all__ = ["Edit", "Source", "Sources", "write_atomically"]

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edit:
    """A stretch of a file's text that is replaced."""

    file: str
    """As problems name it."""
    start: int
    end: int
    text: str


class Source:
    """The text of one file as it stands on the disk, byte order mark and line ends included."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    @classmethod
    def read(cls, file: str) -> Source | None:
        """Read a file; None when that is impossible or its places are not those of the text."""
        try:
            text = Path(file).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        # Files of ASCII with \uXXXX are decoded while they are read, which moves all columns.
        return None if text.isascii() and "\\u" in text.lower() else cls(file, text)

    @property
    def newline(self) -> str:
        """How its lines end."""
        found = _LINE_END.search(self.text)
        return found[0] if found else "\n"

    @property
    def lines(self) -> list[str]:
        """Its lines without their ends."""
        return [self.line(number) for number in range(1, len(self._starts) + 1)]

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without its end; empty beyond the last."""
        if not 0 < number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        text = self.text[self._starts[number - 1] : end].rstrip("\r\n")
        return text.removeprefix(_BOM) if number == 1 else text

    def offset(self, line: int, column: int = 1) -> int:
        """Return where a place, counted from 1, is in the text; its end beyond the last line."""
        if line > len(self._starts):
            return len(self.text)
        bom = line == 1 and self.text.startswith(_BOM)
        return self._starts[line - 1] + column - 1 + bom

    def line_at(self, offset: int) -> int:
        """Return the number of the line that ``offset`` is in."""
        return bisect_right(self._starts, offset)

    def edit(self, line: int, column: int, length: int, text: str) -> Edit:
        """Return an edit that replaces ``length`` characters of a line."""
        start = self.offset(line, column)
        return Edit(file=self.file, start=start, end=start + length, text=text)

    def delete_line(self, line: int) -> Edit:
        """Return an edit that takes a whole line away."""
        return Edit(
            file=self.file, start=self._starts[line - 1], end=self.offset(line + 1), text=""
        )

    def insert(self, line: int, lines: Iterable[str]) -> Edit:
        """Return an edit that puts whole lines before line ``line``, or behind the last one."""
        at = self.offset(line)
        text = "".join(one + self.newline for one in lines)
        if at == len(self.text) and not self.text.endswith(("\n", "\r")) and self.text:
            text = self.newline + text
        return Edit(file=self.file, start=at, end=at, text=text)

    def edited(self, edits: Iterable[Edit]) -> str:
        """Return the text with ``edits``; of two that overlap only the first is made."""
        parts: list[str] = []
        end = 0
        for edit in sorted(set(edits)):
            if edit.start < end:
                continue
            parts += (self.text[end : edit.start], edit.text)
            end = edit.end
        return "".join((*parts, self.text[end:]))


class Sources:
    """The files that edits are made in, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, Source | None] = {}

    def get(self, file: str) -> Source | None:
        """Return a file; None when it cannot be edited."""
        if file not in self._known:
            self._known[file] = Source.read(file)
        return self._known[file]

    def put(self, source: Source) -> None:
        """Take the text of a file that stands in an editor instead of the one on the disk."""
        self._known[source.file] = source

    def forget(self, files: Iterable[str]) -> None:
        """Read files anew when they are wanted next: somebody else changed them."""
        for file in files:
            self._known.pop(file, None)

    def changed(self, edits: Iterable[Edit]) -> Iterator[tuple[Source, str]]:
        """Yield each file that edits change, with its new text."""
        by_file: dict[str, list[Edit]] = {}
        for edit in edits:
            by_file.setdefault(edit.file, []).append(edit)
        for file, own in sorted(by_file.items()):
            source = self.get(file)
            if source is not None and (text := source.edited(own)) != source.text:
                yield source, text

    def diff(self, edits: Iterable[Edit]) -> str:
        """Return what edits would change, as ``diff -u`` shows it."""
        parts: list[str] = []
        for source, text in self.changed(edits):
            old, new = (one.splitlines(keepends=True) for one in (source.text, text))
            parts += (
                line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
                for line in unified_diff(old, new, f"a/{source.file}", f"b/{source.file}")
            )
        return "".join(parts)

    def apply(self, edits: Iterable[Edit]) -> list[str]:
        """Write what edits change, each file at once or not at all; return the files' names."""
        changed = list(self.changed(edits))
        for source, text in changed:
            write_atomically(Path(source.file), text.encode("utf-8"))
            self._known.pop(source.file, None)
        return [source.file for source, _ in changed]


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file by a whole new one, so that a crash leaves the old or the new content.

    A link stays a link, and the file keeps its permissions.
    """
    path = path.resolve()
    mode = path.stat().st_mode if path.exists() else None
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(mode if mode is not None else 0o666 & ~_umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
