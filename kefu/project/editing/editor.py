"""A project being changed: what to change where, then all of it saved at once, or undone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kefu.core.names import RETRIEVAL_DELIMITER, UTTER_PREFIX
from kefu.errors import EditRefused, FileChanged
from kefu.project import files
from kefu.project.editing import entries
from kefu.project.editing import examples as example_texts
from kefu.project.editing.renaming import Renaming, mentions, renamed
from kefu.project.editing.scalars import one_line
from kefu.project.editing.source import SourceFile
from kefu.project.editing.staging import StagedFiles
from kefu.project.files import Paths, as_paths, shown
from kefu.project.problems import Place, nearest

__all__ = ["ProjectEditor", "StoryKind", "edit_project"]

StoryKind = Literal["story", "rule", "test"]

_SECTIONS: Final[dict[StoryKind, str]] = {"story": "stories", "rule": "rules", "test": "stories"}
_NEW_FILES: Final[dict[StoryKind, tuple[str, str]]] = {
    "story": ("stories", "stories.yml"),
    "rule": ("rules", "rules.yml"),
    "test": ("tests", "test_stories.yml"),
}
_BAD_NAME: Final = re.compile(r"[\s{}@\[\]()\"']|^$|^/|/$|/.*/")
_ATTEMPTS: Final = 5
Result = TypeVar("Result")


class ProjectEditor(StagedFiles):
    """Changes a project's YAML files in memory, and writes them when told to.

    Args:
        root: The project's folder.
        data: Files and folders of training data; ``data`` when None.
        domain: Files and folders of the domain; the usual ones when None.
        config: The configuration; the usual one when None.
        tests: Files and folders of test stories; ``tests/stories`` when None, or ``tests``.
        texts: Files that are open in somebody's editor: their text instead of the one on disk.
    """

    def __init__(
        self,
        root: Path | str = ".",
        *,
        data: Paths | None = None,
        domain: Paths | None = None,
        config: Path | str | None = None,
        tests: Paths | None = None,
        texts: Mapping[Path, str] | None = None,
    ) -> None:
        super().__init__(root, texts=texts)
        self._data = self._below(data, files.DEFAULT_DATA)
        self._domain = self._below(domain, files.DEFAULT_DOMAINS)
        self._config = self._below(config, files.DEFAULT_CONFIG)
        usual = "tests/stories" if (self.root / "tests" / "stories").is_dir() else "tests"
        self._tests = self._below(tests, (usual,))

    def _below(self, given: Paths | None, usual: Iterable[str]) -> tuple[Path, ...]:
        if given is None:
            return tuple(self.root / name for name in usual)
        return tuple(path if path.is_absolute() else self.root / path for path in as_paths(given))

    # examples

    def examples(self, intent: str) -> Iterator[tuple[Path, example_texts.Written]]:
        """Yield the examples of an intent in all files, and where they stand."""
        for source in self._with_text(self._data_files(), intent):
            for example in example_texts.examples_of(source, intent):
                yield source.path, example

    def all_examples(self) -> Iterator[tuple[Path, example_texts.Written]]:
        """Yield all examples, and where they stand."""
        for source in self._with_text(self._data_files(), "nlu"):
            for intent in dict.fromkeys(_intents_of(source)):
                for example in example_texts.examples_of(source, intent):
                    yield source.path, example

    def intents(self) -> list[str]:
        """Return the intents that have examples, with the part behind the slash."""
        sources = self._with_text(self._data_files(), "nlu")
        return list(dict.fromkeys(name for source in sources for name in _intents_of(source)))

    def file_for(self, intent: str) -> Path:
        """Return the file that an example of an intent goes to.

        The one with most examples of the intent; of a new one the only NLU file, or the file with
        the intent of the most similar name, or a new file named like the intent.
        """
        counted: dict[Path, int] = {}
        names: dict[str, Path] = {}
        for source in self._with_text(self._data_files(), "nlu"):
            for name in _intents_of(source):
                names.setdefault(name, source.path)
                if name == intent:
                    found = sum(1 for _ in example_texts.examples_of(source, intent))
                    counted[source.path] = found
        if counted:
            return max(counted, key=counted.__getitem__)
        if len(set(names.values())) == 1:
            return next(iter(names.values()))
        base = intent.partition(RETRIEVAL_DELIMITER)[0]
        relatives = [name for name in names if name.partition(RETRIEVAL_DELIMITER)[0] == base]
        near = relatives[-1] if relatives else nearest(intent, names)
        if near is not None:
            return names[near]
        return self._new_file("nlu", f"{base}.yml")

    def add_example(self, intent: str, example: str, *, file: Path | str | None = None) -> Path:
        """Add an example behind the last one of its intent, and return the file it went to.

        Args:
            intent: With the part behind the slash of a retrieval intent; it may be new.
            example: With annotations, see :func:`annotated`; line ends become spaces.
            file: Where to; :meth:`file_for` the intent when None.

        Raises:
            EditRefused: The intent has this example already, or it cannot be written.
        """
        _check_name(intent)
        text = one_line(example)
        for path, known in self.examples(intent):
            if known.source == text:
                place = Place(shown(path), known.line)
                raise EditRefused(f"{place}: {intent!r} has the example {text!r} already")
        path = self.file_for(intent) if file is None else self._path(file)
        self.put(example_texts.add_example(self.source(path, new=True), intent, example))
        return path

    def remove_example(self, intent: str, example: str, *, line: int | None = None) -> None:
        """Remove an example, named by its text with or without annotations.

        Raises:
            EditRefused: There is no such example, or it cannot be removed.
        """
        path, found = self._example(intent, example, line)
        self.put(example_texts.remove_example(self.source(path), found))

    def change_example(
        self, intent: str, example: str, new: str, *, line: int | None = None
    ) -> None:
        """Give an example another text or other annotations.

        Raises:
            EditRefused: There is no such example, or it cannot be changed.
        """
        path, found = self._example(intent, example, line)
        self.put(example_texts.change_example(self.source(path), found, new))

    def move_example(
        self, example: str, intent: str, to: str, *, file: Path | str | None = None
    ) -> Path:
        """Make an example of one intent one of another, and return the file it went to.

        Raises:
            EditRefused: There is no such example, or the other intent has it already.
        """
        _, found = self._example(intent, example, None)
        self.remove_example(intent, found.source, line=found.line)
        return self.add_example(to, found.source, file=file)

    def _example(
        self, intent: str, text: str, line: int | None
    ) -> tuple[Path, example_texts.Written]:
        known = list(self.examples(intent))
        # What is written just so comes before what only reads so without its annotations.
        known.sort(key=lambda one: one[1].source != text)
        for path, example in known:
            if text in {example.source, example.text} and line in {None, example.line}:
                return path, example
        raise EditRefused(f"{intent!r} has no example {text!r}")

    # stories

    def add_story(
        self,
        kind: StoryKind,
        name: str,
        steps: Sequence[Mapping[str, Any]],
        *,
        more: Mapping[str, Any] | None = None,
        file: Path | str | None = None,
    ) -> Path:
        """Append a story, a rule or a test story, and return the file it went to.

        Args:
            kind: What it is.
            name: Its name.
            steps: As in the file: ``{"intent": "greet"}``, ``{"action": "utter_greet"}``.
            more: Further keys, such as ``condition``.
            file: Where to; when None the file of its kind that has most of the intents and actions
                of its steps, of equal ones the longest.

        Raises:
            EditRefused: The file cannot be changed.
        """
        if not name.strip() or not steps:
            raise EditRefused(f"a {kind} needs a name and steps")
        path = self._story_file(kind, steps) if file is None else self._path(file)
        item = {"rule" if kind == "rule" else "story": name, **(more or {}), "steps": list(steps)}
        source = self.source(path, new=True)
        self.put(entries.add_items(source, _SECTIONS[kind], [item]))
        return path

    def _story_file(self, kind: StoryKind, steps: Sequence[Mapping[str, Any]]) -> Path:
        section = _SECTIONS[kind]
        wanted = [
            {str(step[key]) for step in steps if step.get(key)} for key in ("intent", "action")
        ]
        paths = self._test_files() if kind == "test" else self._data_files()
        counted = {
            source.path: (*_mentioned(source.text, *wanted), len(node.value))
            for source in self._with_text(paths, section)
            if isinstance(node := source.section(section), SequenceNode)
        }
        if counted:
            return max(counted, key=counted.__getitem__)
        folder, name = _NEW_FILES[kind]
        if kind == "test":
            return self._tests[0] if self._tests[0].suffix else self._tests[0] / name
        return self._new_file(folder, name)

    # the domain

    def add_to_domain(self, section: str, name: str, options: Any = None) -> Path | None:
        """Declare an intent, entity, action, slot, response or form.

        Args:
            section: ``intents``, ``entities``, ``actions``, ``slots``, ``responses``, ``forms``.
            name: What to declare.
            options: What stands below the name; a list of variations for a response.

        Returns:
            The file; None when the domain has it already.

        Raises:
            EditRefused: The file cannot be changed.
        """
        _check_name(name)
        candidates = list(self._with_text(self._domain_files(), ""))
        for source in candidates:
            if name in _names_of(source.section(section)):
                return None
        chosen = next((s for s in candidates if s.section(section) is not None), None)
        if chosen is None:
            chosen = candidates[0] if candidates else self.source(self._domain[0], new=True)
        if section in {"intents", "entities", "actions"}:
            item = name if options is None else {name: options}
            self.put(entries.add_items(chosen, section, [item]))
        else:
            self.put(entries.add_entries(chosen, section, {name: options or {}}))
        return chosen.path

    # renaming

    def rename_intent(self, old: str, new: str) -> tuple[Place, ...]:
        """Rename an intent wherever the project's YAML files name it.

        Returns:
            Places in the project's Python code that have the old name in quotes; they are left as
            they are, for they may mean something else.

        Raises:
            EditRefused: There is no such intent, the new name is taken or not good, or a file
                cannot be changed.
        """
        _check_name(new)
        if (RETRIEVAL_DELIMITER in old) != (RETRIEVAL_DELIMITER in new):
            raise EditRefused("either both names have a slash or none")
        paths = self._all_files()
        named = {source.path: source for name in (old, new)
                 for source in self._with_text(paths, name)}  # fmt: skip
        sources = [named[path] for path in paths if path in named]
        known = {name for source in sources for name in _intents_of(source)}
        bases = {name.partition(RETRIEVAL_DELIMITER)[0] for name in known}
        for source in sources:
            bases.update(_names_of(source.section("intents")))
        if old not in known | bases:
            raise EditRefused(f"there is no intent {old!r}")
        if new in known | bases:
            raise EditRefused(f"there is an intent {new!r} already")
        is_retrieval = RETRIEVAL_DELIMITER in old or any(
            name.startswith(f"{old}{RETRIEVAL_DELIMITER}") for name in known
        )
        renaming = Renaming(old, new, is_retrieval)
        what = f"renaming {old!r}"
        after = [renamed(source, found, what) for source in sources
                 if (found := mentions(source, renaming))]  # fmt: skip
        for source in after:
            self.put(source)
        return tuple(self._in_code(old, is_retrieval=is_retrieval))

    def _in_code(self, name: str, *, is_retrieval: bool) -> Iterator[Place]:
        quoted = [f"{quote}{lead}{name}{quote}" for quote in "\"'" for lead in ("", "/")]
        if is_retrieval:
            quoted += [f"{quote}{UTTER_PREFIX}{name}" for quote in "\"'"]
        for folder in ("actions", "connectors"):
            for path in sorted((self.root / folder).rglob("*.py")):
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
                for number, line in enumerate(lines, 1):
                    if any(one in line for one in quoted):
                        yield Place(shown(path), number)

    # files

    def _data_files(self) -> list[Path]:
        found = files.data_files(self._data, root=self.root).files
        return [
            *(path for path in found if path.suffix in files.YAML_SUFFIXES),
            *self._not_yet_there(self._data),
        ]

    def _domain_files(self) -> list[Path]:
        existing = [path for path in self._domain if path.exists()]
        found = files.domain_files(existing, root=self.root).files
        return [*found, *self._not_yet_there(self._domain)]

    def _test_files(self) -> list[Path]:
        found = files.data_files(self._tests, root=self.root).files
        named = {path.absolute() for path in self._tests}
        return [
            *(p for p in found if p.suffix in files.YAML_SUFFIXES
              if p.name.startswith("test_") or p in named),
            *self._not_yet_there(self._tests),
        ]  # fmt: skip

    def _not_yet_there(self, folders: Iterable[Path]) -> Iterator[Path]:
        """Yield files that changes make, below folders."""
        roots = [folder.absolute() for folder in folders]
        for path in self.staged:
            is_below = any(path == root or root in path.parents for root in roots)
            if is_below and not path.exists():
                yield path

    def _all_files(self) -> list[Path]:
        config = [path.absolute() for path in self._config if path.is_file()][:1]
        every = (*self._domain_files(), *self._data_files(), *self._test_files(), *config)
        return list(dict.fromkeys(every))

    def _with_text(self, paths: Iterable[Path], text: str) -> Iterator[SourceFile]:
        """Yield the files that are there and have a text; the others are not even parsed."""
        for path in paths:
            source = self.source(path, new=True)
            if source.text and (text in source.text or source.escapes_unicode):
                yield source

    def _path(self, given: Path | str) -> Path:
        path = Path(given)
        path = path if path.is_absolute() else self.root / path
        if path.suffix not in files.YAML_SUFFIXES:
            raise EditRefused(f"{shown(path)} is no YAML file")
        return path.absolute()

    def _new_file(self, folder: str, name: str) -> Path:
        data = next((path for path in self._data if path.is_dir()), self._data[0])
        parent = data if data.is_dir() and not (data / folder).is_dir() else data / folder
        return (parent / name).absolute()


def edit_project(root: Path | str, change: Callable[[ProjectEditor], Result]) -> Result:
    """Change a project and save it; done again when others saved at the same moment.

    Raises:
        EditRefused: The change cannot be made.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        editor = ProjectEditor(root)
        result = change(editor)
        try:
            editor.save()
        except FileChanged:
            if attempt == _ATTEMPTS:
                raise
        else:
            return result
    raise AssertionError


def _check_name(name: str) -> None:
    if _BAD_NAME.search(name):
        raise EditRefused(f"{name!r} is no good name: write letters, digits and _, without spaces")


def _intents_of(source: SourceFile) -> Iterator[str]:
    """Yield the intents that a file has examples of."""
    section = source.section("nlu")
    for item in section.value if isinstance(section, SequenceNode) else ():
        name = source.child(item, "intent")
        if isinstance(name, ScalarNode):
            yield source.decoded(name.value)


def _names_of(section: Node | None) -> Iterator[str]:
    """Yield the names that a section of the domain declares."""
    if isinstance(section, MappingNode):
        yield from (key.value for key, _ in section.value)
    for item in section.value if isinstance(section, SequenceNode) else ():
        if isinstance(item, ScalarNode):
            yield item.value
        else:
            yield from _names_of(item)


def _mentioned(text: str, intents: Collection[str], actions: Collection[str]) -> tuple[int, int]:
    """Return how many of the intents and of the actions stand in steps of ``text``."""
    found = [
        set(re.findall(rf"\b{key}:[ \t]*['\"]?([^\s'\"#]+)", text)) for key in ("intent", "action")
    ]
    return len(found[0].intersection(intents)), len(found[1].intersection(actions))
