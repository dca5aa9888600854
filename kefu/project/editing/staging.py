"""Files being changed in memory: all of them are saved at once, or undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kefu.errors import EditRefused
from kefu.project.editing.source import SourceFile, TextEdit
from kefu.project.editing.writing import FileChange, write
from kefu.project.files import shown

__all__ = ["StagedFiles"]

_NEW_TEXT: Final = 'version: "3.1"\n'


@dataclass(slots=True)
class _Staged:
    before: bytes | None
    now: SourceFile | None


class StagedFiles:
    """YAML files as they are on the disk, and as changes that are not yet saved leave them.

    Args:
        root: The project's folder; who saves into it at the same time waits.
        texts: Files that are open in somebody's editor: their text instead of the one on disk.
    """

    def __init__(self, root: Path | str = ".", *, texts: Mapping[Path, str] | None = None) -> None:
        self.root = Path(root)
        self._texts = {
            path.absolute(): text.encode("utf-8", "surrogatepass")
            for path, text in (texts or {}).items()
        }
        self._staged: dict[Path, _Staged] = {}

    @property
    def staged(self) -> tuple[Path, ...]:
        """The files that are open in an editor, were read or were changed."""
        return tuple(dict.fromkeys((*self._texts, *self._staged)))

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """What was changed and is not saved."""
        return tuple(
            FileChange(
                path=path,
                name=shown(path),
                before=staged.before,
                after=staged.now.data,
            )
            for path, staged in self._staged.items()
            if staged.now is not None and staged.now.data != staged.before
        )

    def save(self) -> tuple[FileChange, ...]:
        """Write all changes, or none of them, and return them; they can be undone.

        Raises:
            FileChanged: Somebody else changed one of the files since it was read.
            EditRefused: A file cannot be written.
        """
        changes = self.changes
        self._staged.clear()
        write(changes, self.root)
        return changes

    def undo(self, changes: Sequence[FileChange]) -> None:
        """Take saved changes back.

        Raises:
            FileChanged: Somebody else has changed one of the files since.
            EditRefused: A file cannot be written.
        """
        self._staged.clear()
        write([change.reversed() for change in reversed(changes)], self.root)

    def source(self, file: Path | str, *, new: bool = False) -> SourceFile:
        """Return a file; an empty one when it is not there and may be ``new``.

        Raises:
            EditRefused: It is not there, cannot be read, or is not UTF-8.
        """
        path = Path(file).absolute()
        staged = self._staged.get(path)
        if staged is not None and staged.now is not None:
            return staged.now
        try:
            data: bytes | None = self._texts.get(path)
            data = path.read_bytes() if data is None else data
        except FileNotFoundError:
            if not new:
                raise EditRefused(f"{shown(path)}: there is no such file") from None
            data = None
        except OSError as error:
            raise EditRefused(f"{shown(path)} cannot be read: {error.strerror}") from error
        source = SourceFile.of(path, shown(path), data or b"")
        if data is not None:
            self._staged[path] = _Staged(data, source)
        return source

    def by_places(self, file: str) -> SourceFile | None:
        r"""Return a file to be edited where problems say; None when that is impossible.

        Files of ASCII with ``\uXXXX`` are decoded while they are read, which moves all columns.
        """
        try:
            source = self.source(file)
        except EditRefused:
            return None
        return None if source.escapes_unicode else source

    def put(self, source: SourceFile) -> None:
        """Take a changed file; a new one says which format it has."""
        staged = self._staged.setdefault(source.path, _Staged(None, None))
        if staged.before is None and not source.text.startswith(("version", "#")):
            text = f"{_NEW_TEXT}\n{source.text}"
            source = SourceFile(source.path, source.name, text)
        staged.now = source

    def patch(self, file: Path | str, edits: Iterable[TextEdit]) -> None:
        """Make edits of a file's text; of two that overlap only the first is made.

        Raises:
            EditRefused: The file cannot be read, or would not be readable any more.
        """
        before = self.source(file)
        after = before.edited(edits)
        after.check_readable_as(before)
        self.put(after)
