"""What takes a change of files back later, in another process: small enough to be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from kefu.project.editing import FileChange
from kefu.project.editing.writing import write
from kefu.project.files import shown

__all__ = ["Reversal", "reversals_of", "take_back"]

_BOM: Final = b"\xef\xbb\xbf"


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """How one file becomes what it was."""

    file: str
    """Relative to the project's folder."""
    digest: str
    """Of the file as it was left: only that one is changed."""
    edits: tuple[tuple[int, int, str], ...]
    """Lines that are replaced, the last first: first, behind the last, text."""
    is_new: bool
    """There was no such file."""


def reversals_of(changes: Sequence[FileChange], root: Path) -> tuple[Reversal, ...]:
    """Return what takes changes back."""
    return tuple(
        Reversal(
            file=change.path.relative_to(root.absolute()).as_posix(),
            digest=_digest(change.after or b""),
            edits=tuple((one.start, one.end, one.text) for one in change.reversed().edits()),
            is_new=change.before is None,
        )
        for change in changes
        if change.path.is_relative_to(root.absolute())
    )


def take_back(reversals: Sequence[Reversal], root: Path) -> bool:
    """Take changes back; return whether it was done: not where a file is another one by now.

    Raises:
        EditRefused: A file cannot be written; nothing was changed.
    """
    changes = []
    for one in reversals:
        path = root.absolute() / one.file
        try:
            now = path.read_bytes()
        except OSError:
            return False
        if _digest(now) != one.digest:
            return False
        after = None if one.is_new else _edited(now, one.edits)
        changes.append(FileChange(path=path, name=shown(path), before=now, after=after))
    if changes:
        write(changes, root)
    return bool(changes)


def _edited(data: bytes, edits: Sequence[tuple[int, int, str]]) -> bytes:
    lines = data.decode("utf-8-sig").splitlines(keepends=True)
    for start, end, text in edits:
        lines[start:end] = [text]
    return (_BOM if data.startswith(_BOM) else b"") + "".join(lines).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
