"""Puts changed files in the place of the old: all or none, and none that others changed."""

from __future__ import annotations

import difflib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kefu.errors import EditRefused, FileChanged

__all__ = ["FileChange", "LineEdit", "replace", "unfinished", "write"]

_NEW_FILE_MODE = 0o666


class LineEdit(NamedTuple):
    """Lines ``start`` to ``end``, from 0 and without the last, are replaced by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a file was when it was read, and what it is to be."""

    path: Path
    name: str
    """The name shown to people."""
    before: bytes | None
    """None: there was no such file."""
    after: bytes | None
    """None: there is to be no such file."""

    def reversed(self) -> FileChange:
        """Return the change that takes this one back."""
        return FileChange(path=self.path, name=self.name, before=self.after, after=self.before)

    def edits(self) -> list[LineEdit]:
        """Return the lines that change, the last first, as editors apply them."""
        old, new = _lines(self.before), _lines(self.after)
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        found = [
            LineEdit(start, end, "".join(new[at:until]))
            for kind, start, end, at, until in matcher.get_opcodes()
            if kind != "equal"
        ]
        return found[::-1]

    def diff(self) -> str:
        """Return the change as ``diff -u`` shows it and ``patch -p1`` takes it."""
        old = "/dev/null" if self.before is None else f"a/{self.name}"
        new = "/dev/null" if self.after is None else f"b/{self.name}"
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), old, new)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8-sig").splitlines(keepends=True)


def write(changes: Sequence[FileChange], root: Path) -> None:
    """Write files, each through a temporary file beside it, with the permissions it had.

    Who writes at the same time waits; a file is replaced only if it still is what it was.

    Raises:
        FileChanged: A file is no longer what it was when it was read; nothing was written.
        EditRefused: A file cannot be written; the others were put back.
    """
    with _alone(root):
        for change in changes:
            if _content(change.path) != change.before:
                raise FileChanged(
                    f"{change.name} was changed by somebody else in the meantime; "
                    "nothing was written, do it once more"
                )
        prepared: list[Path | None] = []
        done: list[FileChange] = []
        try:
            prepared.extend(_prepared(change.path, change.after) for change in changes)
            for change, path in zip(changes, prepared, strict=True):
                _put(change, path)
                done.append(change)
        except OSError as error:
            where = changes[min(max(len(done), len(prepared) - 1), len(changes) - 1)].name
            raise EditRefused(f"cannot write {where}: {error.strerror}; nothing changed") from error
        finally:
            if len(done) < len(changes):
                _put_back(done)
            for path in filter(None, prepared):
                path.unlink(missing_ok=True)


def _put_back(done: Sequence[FileChange]) -> None:
    for change in done:
        with suppress(OSError):
            _put(change.reversed(), _prepared(change.path, change.before))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the project's folder, so that two trainers who save at once save one after another."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def replace(path: Path, data: bytes) -> None:
    """Replace a file by a whole new one, so that a crash leaves the old or the new content.

    A link stays a link, and the file keeps its permissions.
    """
    prepared = _prepared(path, data)
    assert prepared is not None
    try:
        prepared.replace(path.resolve())
    finally:
        prepared.unlink(missing_ok=True)


def unfinished(path: Path) -> str:
    """Return what the names of files begin with that are to take the place of one."""
    return f".{path.name}."


def _prepared(path: Path, data: bytes | None) -> Path | None:
    """Write the new content beside the file; a link stays a link, what it leads to is replaced."""
    if data is None:
        return None
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=unfinished(path), suffix=".tmp", dir=path.parent)
    prepared = Path(name)
    is_whole = False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        prepared.chmod(path.stat().st_mode & 0o7777 if path.exists() else _new_mode())
        is_whole = True
    finally:
        if not is_whole:
            prepared.unlink(missing_ok=True)
    return prepared


def _new_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return _NEW_FILE_MODE & ~mask


def _put(change: FileChange, prepared: Path | None) -> None:
    path = change.path.resolve()
    if prepared is None:
        path.unlink(missing_ok=True)
    else:
        prepared.replace(path)
