"""The project that is edited: its texts as they stand in the editor, and what was read of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from kefu.lsp.text import Text
from kefu.project.editing.staging import StagedFiles
from kefu.project.files import DEFAULT_CONFIG, DEFAULT_DOMAINS, YAML_SUFFIXES, data_files, shown
from kefu.project.known_files import KnownFiles
from kefu.project.lint.findings import Finding
from kefu.project.lint.linter import lint
from kefu.project.lint.tidy import TidyMemory
from kefu.project.load import load_project
from kefu.project.problems import Place, Problem, Report
from kefu.project.project import LoadedProject, Project
from kefu.project.schema import ProjectNames, names_of
from kefu.project.stories_file import StoryCollector
from kefu.project.yaml import parse
from kefu.training.validation import ContradictionMemory, find_problems

__all__ = ["Checked", "SchemasOf", "Workspace", "path_of"]

SchemasOf = Callable[[Project | None], dict[str, dict[str, Any]]]
_SETTINGS: Final = ("desk", "endpoints", "credentials")


def path_of(uri: str) -> Path | None:
    """Return the path of a file; None when it is elsewhere, such as in a version control."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    return Path(url2pathname(parts.path)).absolute()


def _has_project(folder: Path) -> bool:
    return any((folder / name).exists() for name in (*DEFAULT_CONFIG, *DEFAULT_DOMAINS))


@dataclass(frozen=True, slots=True)
class _Read:
    revision: int
    loaded: LoadedProject
    names: ProjectNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong or untidy in the project."""

    revision: int
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    """All that the linter says: the problems, and more; the problems alone where it cannot read."""


class Workspace:
    """One project; it is read anew when something asks for it after a change.

    One thread changes it and asks; another may :meth:`check` meanwhile.
    """

    def __init__(self, root: Path, schemas_of: SchemasOf) -> None:
        self.root = root
        self.open: dict[Path, Text] = {}
        self.takes_versions = False
        """Whether the editor takes edits of a certain version of a file."""
        self._schemas_of = schemas_of
        self._documents: dict[Path, Mapping[str, Any]] = {}
        self._files = KnownFiles()
        self._revision = 0
        self._changed: dict[Path | None, int] = {}
        """At which revision a file, or all there are, changed last."""
        self._reading = threading.Lock()
        self._checking = threading.Lock()
        self._read: _Read | None = None
        self._checked: Checked | None = None
        self._contradictions = ContradictionMemory()
        self._tidiness: TidyMemory = {}
        self._schemas: tuple[ProjectNames, dict[str, dict[str, Any]]] | None = None

    # texts

    def put(self, path: Path, text: Text | None, document: Mapping[str, Any] | None = None) -> None:
        """Take the text of a file that is open; None: it is closed, and on the disk.

        Args:
            path: The file.
            text: Its text.
            document: How the editor names it: ``uri`` and ``version``.
        """
        if text is None:
            self.open.pop(path, None)
            self._documents.pop(path, None)
        else:
            if not self.open and not self.has_project:
                self.root = next(filter(_has_project, path.parents), self.root)
            self.open[path] = text
            if document is not None:
                self._documents[path] = document
        self._files.unsaved = {
            path: one.text.encode("utf-8", "surrogatepass") for path, one in self.open.items()
        }
        self._change(path)

    def forget(self) -> None:
        """Read the project anew when it is wanted next: files were written."""
        self._change(None)

    def _change(self, path: Path | None) -> None:
        self._revision += 1
        self._changed[path] = self._revision

    @property
    def revision(self) -> int:
        """How often something changed."""
        return self._revision

    def uri(self, path: Path) -> str:
        """Return the address of a file: the one that the editor gave, where it is open."""
        known = self._documents.get(path)
        return path.absolute().as_uri() if known is None else str(known["uri"])

    def version(self, path: Path) -> int | None:
        """Return the editor's version of a file that is open."""
        found = self._documents.get(path, {}).get("version")
        return found if isinstance(found, int) else None

    @property
    def has_project(self) -> bool:
        """Whether the folder has a project at all; editors start servers for any YAML file."""
        return _has_project(self.root)

    def text(self, path: Path) -> Text | None:
        """Return the text of a file, open or not; None when it cannot be read."""
        path = path.absolute()
        found = self.open.get(path)
        if found is not None:
            return found
        try:
            return Text(path.read_bytes().decode("utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def texts(self) -> dict[Path, str]:
        """Return the texts that are open."""
        return {path: text.text for path, text in list(self.open.items())}

    def path(self, place: Place) -> Path:
        """Return the file of a place."""
        return (Path.cwd() / place.file).absolute()

    def files(self) -> Iterator[Path]:
        """Yield the YAML files of the project, test stories and settings included."""
        found = dict.fromkeys(path.absolute() for path in (self.draft.files if self.draft else ()))
        found |= dict.fromkeys(self.open)
        tests = data_files([self.root / "tests"], root=self.root).files
        found |= dict.fromkeys(path for path in tests if path.name.startswith("test_"))
        found |= dict.fromkeys((self.root / f"{name}.yml").absolute() for name in _SETTINGS)
        yield from (path for path in found if path.suffix in YAML_SUFFIXES)

    # what was read

    @property
    def draft(self) -> Project | None:
        """The project, or what could be read of it."""
        return self._current().loaded.draft

    @property
    def is_sound(self) -> bool:
        """Whether all files could be read."""
        return self._current().loaded.project is not None

    def completed(self, typing: Path) -> tuple[ProjectNames, dict[str, dict[str, Any]]]:
        """Return names, and schemas of all kinds of files, to complete a file that is typed in.

        They may be those before the last keys in this file, but not before a change of another.
        """
        read = self._read
        others = max((at for path, at in self._changed.items() if path != typing), default=0)
        if read is None or read.revision < others:
            read = self._current()
        if self._schemas is None or self._schemas[0] != read.names:
            self._schemas = read.names, self._schemas_of(read.loaded.draft)
        return self._schemas

    def _current(self) -> _Read:
        with self._reading:
            read, revision = self._read, self._revision
            if read is None or read.revision != revision:
                loaded = self._load(self._files)
                names = ProjectNames() if loaded.draft is None else names_of(loaded.draft)
                self._read = read = _Read(revision, loaded, names)
            return read

    def _load(self, files: KnownFiles) -> LoadedProject:
        given = {name: self.root / f"{name}.yml" for name in _SETTINGS}
        found = {name: path for name, path in given.items() if path.exists()}
        return load_project(self.root, known=files, **found)  # type: ignore[arg-type]

    # what is wrong

    def check(self, is_wanted: Callable[[], bool] = lambda: True) -> Checked | None:
        """Return what is wrong and untidy; None as soon as it is not wanted any more."""
        with self._checking:
            read = self._current()
            if self._checked is not None and self._checked.revision == read.revision:
                return self._checked
            if not self.has_project:
                return Checked(revision=read.revision, problems=(), findings=())
            problems = self._problems_of(read.loaded) if is_wanted() else []
            if not is_wanted():
                return None
            found = tuple(self._lint(read.loaded.draft, problems))
            checked = Checked(revision=read.revision, problems=tuple(problems), findings=found)
            self._checked = checked
            return checked

    @property
    def checked(self) -> Checked | None:
        """What was found last, if nothing has changed since."""
        found = self._checked
        return found if found is not None and found.revision == self._revision else None

    def faults_with(self, after: Mapping[Path, str]) -> list[Problem]:
        """Return the problems that there would be if files had other texts."""
        texts = {path: text.encode("utf-8", "surrogatepass") for path, text in after.items()}
        with self._reading:
            loaded = self._load(self._files.supposing(texts))
        return find_problems(loaded)

    def _problems_of(self, loaded: LoadedProject) -> list[Problem]:
        return [*find_problems(loaded, memory=self._contradictions), *self._of_tests(loaded)]

    def _of_tests(self, loaded: LoadedProject) -> Iterator[Problem]:
        """Yield what is wrong with open files of test stories."""
        known = {path.absolute() for path in (loaded.draft.files if loaded.draft else ())}
        for path, text in list(self.open.items()):
            if path not in known and path.name.startswith("test_") and path.suffix in YAML_SUFFIXES:
                report = Report()
                document = parse(text.text.replace("\r\n", "\n"), shown(path), report)
                StoryCollector(report).add(document, is_test=True)
                yield from report.sorted()

    def _lint(self, draft: Project | None, problems: list[Problem]) -> list[Finding]:
        if draft is None:
            return [Finding(problem=problem) for problem in problems]
        sources = StagedFiles(self.root, texts=self.texts())
        return lint(draft, problems, sources, self._tidiness)
