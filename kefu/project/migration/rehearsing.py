"""A copy of a project's files in which a migration is made, to see what would come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from kefu.project import files
from kefu.project.editing.writing import FileChange
from kefu.project.files import shown
from kefu.project.problems import Place, Problem

__all__ = ["Rehearsal", "rehearsed"]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where the copies are: below a folder as their originals are below the file system's root."""

    folder: Path

    def of(self, path: Path) -> Path:
        """Return the copy of a file or folder; the path itself where there is none."""
        copy = self._copy(path)
        return copy if copy.exists() else path

    def _copy(self, path: Path) -> Path:
        absolute = path.absolute()
        return self.folder / absolute.relative_to(absolute.anchor)

    def keep(self, path: Path) -> None:
        """Copy a file."""
        copy = self._copy(path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copyfile(path, copy)

    def make(self, change: FileChange) -> None:
        """Change a copy."""
        copy = self._copy(change.path)
        if change.after is None:
            copy.unlink(missing_ok=True)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(change.after)

    def told(self, problem: Problem) -> Problem:
        """Return a problem with the names of the originals."""
        return replace(
            problem,
            place=self._place(problem.place),
            message=self._named(problem.message),
            advice=self._named(problem.advice),
            related=tuple(map(self._place, problem.related)),
        )

    def _place(self, place: Place) -> Place:
        prefix = f"{self.folder}/"
        if not place.file.startswith(prefix):
            return place
        return place._replace(file=shown(Path("/", place.file.removeprefix(prefix))))

    def _named(self, text: str) -> str:
        return text.replace(f"{self.folder}{Path.cwd()}/", "").replace(str(self.folder), "")


@contextmanager
def rehearsed(
    changes: Iterable[FileChange], paths: Iterable[Path], *, root: Path
) -> Iterator[Rehearsal]:
    """Copy the files of a project and change the copies; they are gone afterwards.

    Args:
        changes: What is to be seen.
        paths: Files and folders with settings, domain and training data.
        root: The project's folder.
    """
    with TemporaryDirectory(prefix="kefu-migration-") as folder:
        rehearsal = Rehearsal(Path(folder).resolve())
        existing = [path for path in paths if path.exists()]
        for path in (
            *files.domain_files(existing, root=root).files,
            *files.data_files(existing, root=root).files,
        ):
            rehearsal.keep(path)
        for change in changes:
            rehearsal.make(change)
        yield rehearsal
