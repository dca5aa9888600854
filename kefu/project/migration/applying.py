"""Writes what a migration decided, so that a crash at any moment loses nothing.

First everything that is going to change is copied into a backup, and a journal says which files are
going to be written. Only then they are, each at once. Where the journal was not finished, the next
run puts the originals back before it does anything else.
"""

from __future__ import annotations

import json
import shutil
from codecs import BOM_UTF8
from collections.abc import Sequence
from glob import escape
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from kefu.errors import EditRefused
from kefu.project.editing.writing import FileChange, replace, unfinished, write

__all__ = ["BACKUPS", "Changed", "apply", "recover", "undo"]

BACKUPS: Final = ".kefu/backup"
"""The folder in the project that has a folder for each migration."""
_JOURNAL: Final = "journal.json"
_FILES: Final = "files"


class Changed(Exception):
    """Files were edited after the migration that is to be undone."""

    def __init__(self, files: Sequence[str]) -> None:
        super().__init__(", ".join(files))
        self.files = files


def apply(changes: Sequence[FileChange], root: Path, stamp: str) -> Path:
    """Back files up and write the new ones; return the folder of the backup.

    Raises:
        OSError: A file cannot be backed up; nothing was changed.
        EditRefused: A file cannot be written, or was changed meanwhile; nothing was changed.
    """
    backup = _free(root / BACKUPS / stamp)
    backup.mkdir(parents=True)
    originals = [change.name for change in changes if change.before is not None]
    copies = {file: f"{number}-{Path(file).name}" for number, file in enumerate(originals)}
    relative = {file: _inside(file, root, copies[file]) for file in originals}
    for file in originals:
        target = backup / _FILES / relative[file]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    journal: dict[str, object] = {
        "is_done": False,
        "written": {one.name: _digest(one.after) for one in changes if one.after is not None},
        "originals": relative,
        "new": [change.name for change in changes if change.before is None],
        "in": str(Path.cwd()),
    }
    _write_journal(backup, journal)
    try:
        # New files first: until the old ones go, nothing is missing.
        in_order = sorted(changes, key=lambda one: (one.after is None, one.before is not None))
        write(in_order, root)
    except EditRefused:
        _restore(backup, journal)
        raise
    _write_journal(backup, {**journal, "is_done": True})
    return backup


def recover(root: Path) -> list[Path]:
    """Undo migrations that a crash interrupted; return the folders of their backups."""
    undone: list[Path] = []
    for file in sorted((root / BACKUPS).glob(f"*/{_JOURNAL}"), reverse=True):
        try:
            journal = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if not journal.get("is_done"):
            _restore(file.parent, journal)
            _sweep(journal)
            undone.append(file.parent)
    return undone


def undo(root: Path) -> Path | None:
    """Put the originals of the last migration back; None when there is none to undo.

    Raises:
        Changed: A file was edited since; nothing is changed then.
    """
    for file in sorted((root / BACKUPS).glob(f"*/{_JOURNAL}"), reverse=True):
        journal = json.loads(file.read_text("utf-8"))
        if journal.get("is_undone"):
            continue
        base = Path(journal["in"])
        edited = [
            name
            for name, digest in journal["written"].items()
            if not (base / name).is_file() or _digest((base / name).read_bytes()) != digest
        ]
        if edited:
            raise Changed(edited)
        _restore(file.parent, journal)
        return file.parent
    return None


def _digest(data: bytes) -> str:
    # An editor that only changes line ends or the byte order mark has changed nothing.
    plain = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removeprefix(BOM_UTF8)
    return sha256(plain).hexdigest()


def _restore(backup: Path, journal: dict[str, object]) -> None:
    base = Path(str(journal["in"]))
    originals, new = journal["originals"], journal["new"]
    assert isinstance(originals, dict)
    assert isinstance(new, list)
    for file, copy in originals.items():
        replace(base / file, (backup / _FILES / copy).read_bytes())
    for file in new:
        (base / file).unlink(missing_ok=True)
    _write_journal(backup, {**journal, "is_done": True, "is_undone": True})


def _sweep(journal: dict[str, Any]) -> None:
    """Take away what was prepared beside the files and never took their place."""
    base = Path(journal["in"])
    for name in journal["written"]:
        path = (base / name).resolve()
        for left in path.parent.glob(f"{escape(unfinished(path))}*.tmp"):
            left.unlink(missing_ok=True)


def _write_journal(backup: Path, journal: dict[str, object]) -> None:
    text = json.dumps(journal, ensure_ascii=False, indent=2)
    replace(backup / _JOURNAL, text.encode("utf-8"))


def _inside(file: str, root: Path, otherwise: str) -> str:
    """Return the name of a copy: as in the project, so that people find it."""
    try:
        return Path(file).resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return otherwise


def _free(folder: Path) -> Path:
    number = 1
    candidate = folder
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate
