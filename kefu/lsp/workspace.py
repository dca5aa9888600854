"""The project that is edited: its texts as they stand in the editor, and what was read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from kefu.lsp.text import Text
from kefu.project.editing.staging import StagedFiles
from kefu.project.files import DEFAULT_CONFIG, DEFAULT_DOMAINS, YAML_SUFFIXES, data_files, shown
from kefu.project.known_files import KnownFiles
from kefu.project.lint.findings import Finding
from kefu.project.lint.linter import lint
from kefu.project.load import load_project
from kefu.project.problems import Place, Problem, Report
from kefu.project.project import LoadedProject, Project
from kefu.project.schema import ProjectNames, names_of
from kefu.project.stories_file import StoryCollector
from kefu.project.yaml import parse
from kefu.training.validation import find_problems

__all__ = ["SchemasOf", "Workspace", "path_of", "uri_of"]

SchemasOf = Callable[[Project | None], dict[str, dict[str, Any]]]
_SETTINGS: Final = ("desk", "endpoints", "credentials")


def path_of(uri: str) -> Path | None:
    """Return the path of a file; None when it is elsewhere, such as in a version control."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    return Path(unquote(parts.path)).absolute()


def uri_of(path: Path) -> str:
    """Return the address of a file."""
    return f"file://{quote(str(path.absolute()))}"


class Workspace:
    """One project; it is read anew when something asks for it after a change."""

    def __init__(self, root: Path, schemas_of: SchemasOf) -> None:
        self.root = root
        self.open: dict[Path, Text] = {}
        self._schemas_of = schemas_of
        self._files = KnownFiles()
        self._loaded: LoadedProject | None = None
        self._problems: list[Problem] = []
        self._findings: list[Finding] | None = None
        self._schemas: tuple[ProjectNames | None, dict[str, dict[str, Any]]] | None = None

    # texts

    def put(self, path: Path, text: Text | None) -> None:
        """Take the text of a file that is open; None: it is closed, and on the disk."""
        if text is None:
            self.open.pop(path, None)
            self._files.unsaved.pop(path, None)
        else:
            if not self.open and not self._is_project(self.root):
                self.root = next(filter(self._is_project, path.parents), self.root)
            self.open[path] = text
            self._files.unsaved[path] = text.text.encode("utf-8", "surrogatepass")
        self.forget()

    def forget(self) -> None:
        """Read the project anew when it is wanted next."""
        self._loaded = None
        self._findings = None

    @contextmanager
    def supposing(self, after: Mapping[Path, str]) -> Iterator[None]:
        """Read the project for a while as if files had other texts."""
        before = dict(self._files.unsaved)
        self._files.unsaved |= {path: text.encode() for path, text in after.items()}
        self.forget()
        try:
            yield
        finally:
            self._files.unsaved = before
            self.forget()

    @staticmethod
    def _is_project(folder: Path) -> bool:
        return any((folder / name).exists() for name in (*DEFAULT_CONFIG, *DEFAULT_DOMAINS))

    def text(self, path: Path) -> Text | None:
        """Return the text of a file, open or not; None when it cannot be read."""
        path = path.absolute()
        if path in self.open:
            return self.open[path]
        try:
            return Text(path.read_bytes().decode("utf-8"))
        except (OSError, UnicodeDecodeError):
            return None

    def texts(self) -> dict[Path, str]:
        """Return the texts that are open."""
        return {path: text.text for path, text in self.open.items()}

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
        return self._load().draft

    @property
    def is_sound(self) -> bool:
        """Whether all files could be read."""
        return self._load().project is not None

    def _load(self) -> LoadedProject:
        if self._loaded is None:
            self._loaded, self._problems = self._read()
        return self._loaded

    def _read(self) -> tuple[LoadedProject, list[Problem]]:
        given = {name: self.root / f"{name}.yml" for name in _SETTINGS}
        found = {name: path for name, path in given.items() if path.exists()}
        loaded = load_project(self.root, known=self._files, **found)  # type: ignore[arg-type]
        return loaded, [*find_problems(loaded), *self._of_tests(loaded)]

    def _of_tests(self, loaded: LoadedProject) -> Iterator[Problem]:
        """Yield what is wrong with open files of test stories."""
        known = {path.absolute() for path in (loaded.draft.files if loaded.draft else ())}
        for path, text in self.open.items():
            if path not in known and path.name.startswith("test_") and path.suffix in YAML_SUFFIXES:
                report = Report()
                document = parse(text.text.replace("\r\n", "\n"), shown(path), report)
                StoryCollector(report).add(document, is_test=True)
                yield from report.sorted()

    def problems(self) -> dict[Path, list[Problem]]:
        """Return what is wrong in each file."""
        self._load()
        found: dict[Path, list[Problem]] = {}
        for problem in self._problems:
            found.setdefault(self.path(problem.place), []).append(problem)
        return found

    def schemas(self) -> dict[str, dict[str, Any]]:
        """Return the schema of each kind of file with the names of the project."""
        draft = self.draft
        names = None if draft is None else names_of(draft)
        if self._schemas is None or self._schemas[0] != names:
            self._schemas = names, self._schemas_of(draft)
        return self._schemas[1]

    def findings(self) -> list[Finding]:
        """Return what the linter finds, with its repairs."""
        if self._findings is None:
            draft = self.draft
            texts = {path: text.text for path, text in self.open.items()}
            sources = StagedFiles(self.root, texts=texts)
            self._findings = lint(draft, self._problems, sources) if draft else []
        return self._findings
