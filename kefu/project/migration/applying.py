"""Writes what a migration decided, so that a crash at any moment loses nothing.

First everything that is going to change is copied into a backup, and a journal says which files are
going to be written. Only then they are, each at once. Where the journal was not finished, the next
run puts the originals back before it does anything else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from kefu.project.lint.sources import write_atomically
from kefu.project.migration.changes import FileChange

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
        OSError: A file cannot be read or written; what was written is undone before.
    """
    backup = _free(root / BACKUPS / stamp)
    backup.mkdir(parents=True)
    originals = [change.file for change in changes if not change.is_new]
    copies = {file: f"{number}-{Path(file).name}" for number, file in enumerate(originals)}
    relative = {file: _inside(file, root, copies[file]) for file in originals}
    for file in originals:
        target = backup / _FILES / relative[file]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    journal: dict[str, object] = {
        "is_done": False,
        "written": {one.file: _digest(one.text) for one in changes if one.text is not None},
        "originals": relative,
        "new": [change.file for change in changes if change.is_new],
        "in": str(Path.cwd()),
    }
    _write_journal(backup, journal)
    try:
        # New files first: until the old ones go, nothing is missing.
        for change in sorted(changes, key=lambda one: (one.text is None, not one.is_new)):
            if change.text is None:
                Path(change.file).unlink()
            else:
                Path(change.file).parent.mkdir(parents=True, exist_ok=True)
                write_atomically(Path(change.file), change.text.encode("utf-8"))
    except OSError:
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
            if not (base / name).is_file()
            or _digest((base / name).read_text("utf-8-sig", errors="replace")) != digest
        ]
        if edited:
            raise Changed(edited)
        _restore(file.parent, journal)
        return file.parent
    return None


def _digest(text: str) -> str:
    # Line ends are translated on reading, so they do not count.
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return sha256(plain.encode("utf-8")).hexdigest()


def _restore(backup: Path, journal: dict[str, object]) -> None:
    base = Path(str(journal["in"]))
    originals, new = journal["originals"], journal["new"]
    assert isinstance(originals, dict)
    assert isinstance(new, list)
    for file, copy in originals.items():
        write_atomically(base / file, (backup / _FILES / copy).read_bytes())
    for file in new:
        (base / file).unlink(missing_ok=True)
    _write_journal(backup, {**journal, "is_done": True, "is_undone": True})


def _write_journal(backup: Path, journal: dict[str, object]) -> None:
    text = json.dumps(journal, ensure_ascii=False, indent=2)
    write_atomically(backup / _JOURNAL, text.encode("utf-8"))


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
