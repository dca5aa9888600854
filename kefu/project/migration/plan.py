"""Decides what a migration does to a whole project, without changing anything yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from kefu.core.names import DEFAULT_INTENTS
from kefu.errors import EditRefused
from kefu.project import files
from kefu.project.editing.writing import FileChange
from kefu.project.files import YAML_SUFFIXES, as_paths, shown
from kefu.project.migration.changes import FORMAT, YamlFile
from kefu.project.migration.config import Rule, migrate_config, render_rules
from kefu.project.migration.converting import (
    Converted,
    convert_foreign_json,
    convert_json,
    convert_markdown,
)
from kefu.project.migration.domain import Triggers, migrate_domain
from kefu.project.migration.python_forms import PythonForm, python_forms
from kefu.project.migration.settings import migrate_settings
from kefu.project.migration.story_files import migrate_data, plain_stories
from kefu.project.problems import Place
from kefu.project.sections import DOMAIN_KEYS, NLU_KEYS, STORY_KEYS

__all__ = ["Migration", "Scope", "plan_migration"]

_DOMAIN_KEYS: Final = (*DOMAIN_KEYS, "templates")
_TEST_FOLDERS: Final = ("tests", "test")
_SETTINGS: Final = ("endpoints.yml", "credentials.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where the parts of a project are; what is None is looked for where it usually is."""

    root: Path = Path()
    domain: Path | None = None
    config: Path | None = None
    data: tuple[Path, ...] = ()
    rules: Path | None = None
    """The file for new rules."""
    only_config: bool = False
    """Leave everything alone but policies, pipeline, and the triggers that MappingPolicy read."""


@dataclass(slots=True)
class Migration:
    """Everything that is going to happen."""

    changes: list[FileChange] = field(default_factory=list)
    done: list[tuple[Place, str]] = field(default_factory=list)
    """What happens, line by line."""
    left: list[tuple[Place, str]] = field(default_factory=list)
    """What a person has to do."""

    @property
    def is_empty(self) -> bool:
        """Whether the project is of the present format already."""
        return not self.changes


def plan_migration(scope: Scope) -> Migration:
    """Read a project of any version, and return what makes it one of the present version."""
    return _Planner(scope).plan()


class _Planner:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.migration = Migration()
        self.stories: list[list[dict[str, Any]]] = []
        """The steps of all stories and rules, to see whether a new rule contradicts one."""
        self.taken: set[str] = set()

    def plan(self) -> Migration:
        triggers: Triggers = {}
        forms = [] if self.scope.only_config else list(python_forms(self.scope.root))
        has_forms = self._domain(forms, triggers)
        rules = self._config(has_forms=has_forms)
        self._data()
        rules += [
            Rule(f"{intent}: {action}", intent, action)
            for intent, action in triggers.items()
            if intent not in DEFAULT_INTENTS
        ]
        self._rules(rules)
        for name in () if self.scope.only_config else _SETTINGS:
            self._yaml(self.scope.root / name, migrate_settings)
        return self.migration

    # files

    def _yaml(self, path: Path, migrate: Any) -> YamlFile | None:
        if not path.is_file():
            return None
        file = YamlFile.read(path)
        if file is None:
            return None
        migrate(file)
        self._take(file)
        return file

    def _take(self, file: YamlFile) -> None:
        source = file.source
        try:
            after = file.edited()
        except EditRefused as error:
            self._leave(Place(source.name), f"not migrated: {error}")
            return
        if after.data != source.data:
            self.migration.changes.append(
                FileChange(path=source.path, name=source.name, before=source.data, after=after.data)
            )
            self.migration.done += sorted(file.done)

    def _write_new(self, path: Path, lines: Iterable[str]) -> None:
        text = "\n".join([f'version: "{FORMAT}"', "", *lines, ""])
        self.migration.changes.append(
            FileChange(path=path.absolute(), name=shown(path), before=None, after=text.encode())
        )

    def _first(self, names: Iterable[str]) -> Path | None:
        found = (self.scope.root / name for name in names)
        return next((path for path in found if path.exists()), None)

    # domain and config

    def _domain(self, forms: Sequence[PythonForm], triggers: Triggers) -> bool:
        """Migrate the domain; return whether it has forms."""
        path = self.scope.domain or self._first(files.DEFAULT_DOMAINS)
        if path is None:
            return False
        found: list[YamlFile] = []
        for one in files.domain_files([path], root=self.scope.root).files:
            file = YamlFile.read(one)
            if file is None:
                self._leave(Place(shown(one)), "not migrated: it is no YAML, or has errors")
            elif files.has_keys(file.root, _DOMAIN_KEYS):
                found.append(file)
        self._tell_sessions(found)
        by_name = {form.name: form.facts for form in forms}
        domain = migrate_domain(found, by_name, triggers, only_triggers=self.scope.only_config)
        for file in found:
            self._take(file)
        for form in forms:
            self._tell_python_form(form, is_known=form.name in domain.forms)
        return bool(domain.forms)

    def _tell_sessions(self, found: Sequence[YamlFile]) -> None:
        """Tell of what Rasa 1 did where a domain said nothing of sessions."""
        old = next((file for file in found if "templates" in file.root), None)
        if old is None or self.scope.only_config:
            return
        if not any(file.root.get("session_config") for file in found):
            self._leave(
                Place(old.source.name),
                "Rasa 1 never began a conversation anew without 'session_config'; now that happens "
                "after 60 minutes of silence: write 'session_expiration_time: 0' there to keep it",
            )

    def _tell_python_form(self, form: PythonForm, *, is_known: bool) -> None:
        place = Place(shown(form.file), form.line)
        text = (
            f"the form {form.name!r} is a FormAction of Rasa 1, which rasa_sdk no longer has: "
            f"make its validate_… methods a FormValidationAction named validate_{form.name}"
        )
        if not form.is_whole:
            text += "; list its required_slots in the domain, the code works them out"
        if not is_known:
            text += "; the domain does not list it"
        self._leave(place, text)

    def _config(self, *, has_forms: bool) -> list[Rule]:
        path = self.scope.config or self._first(files.DEFAULT_CONFIG)
        rules: list[Rule] = []
        if path is not None:
            self._yaml(path, lambda file: rules.extend(migrate_config(file, has_forms=has_forms)))
        return rules

    def _leave(self, place: Place, text: str) -> None:
        self.migration.left.append((place, text))

    # data

    def _data(self) -> None:
        for path in self._data_files():
            if path.suffix in YAML_SUFFIXES:
                file = YamlFile.read(path)
                if file is not None and files.has_keys(file.root, (*NLU_KEYS, *STORY_KEYS)):
                    self.stories += plain_stories(file.root)
                    if not self.scope.only_config:
                        migrate_data(file)
                        self._take(file)
            elif self.scope.only_config:
                continue
            elif path.suffix == ".md":
                self._convert(path, convert_markdown(path, self._teller(path)))
            elif path.suffix == ".json":
                self._json(path)

    def _data_files(self) -> Iterator[Path]:
        given = self.scope.data or tuple(self.scope.root / name for name in files.DEFAULT_DATA)
        tests = [self.scope.root / name for name in _TEST_FOLDERS]
        both = [*as_paths(given), *(path for path in tests if path.is_dir())]
        yield from files.data_files(both, root=self.scope.root).files

    def _teller(self, path: Path) -> Any:
        name = shown(path)

        def tell(line: int, text: str) -> None:
            target = self.migration.left if text.startswith("left out") else self.migration.done
            target.append((Place(name, line), text))

        return tell

    def _json(self, path: Path) -> None:
        kind = files.foreign_format(path)
        if kind == "rasa_json":
            self._convert(path, convert_json(path, self._teller(path)))
        elif kind == "json":
            converted = convert_foreign_json(path, self._teller(path))
            if converted is None:
                text = "not migrated: JSON of another tool without examples or lists of words"
                self._leave(Place(shown(path)), text)
            self._convert(path, converted)

    def _convert(self, path: Path, converted: Converted | None) -> None:
        if converted is None:
            return
        for part in converted.parts:
            target = self._free_name(path)
            self._write_new(target, part.lines)
            told = f"wrote {part.told} to {shown(target)}"
            self.migration.done.append((Place(shown(path)), told))
        self.stories += converted.stories
        if converted.parts:
            old = path.read_bytes()
            self.migration.changes.append(
                FileChange(path=path.absolute(), name=shown(path), before=old, after=None)
            )

    def _free_name(self, path: Path) -> Path:
        """Return a name for a new file beside the old one that no file has."""
        stem = path.stem
        candidates = [
            path.with_name(f"{stem}.yml"),
            path.with_name(f"{stem}_{path.suffix[1:]}.yml"),
        ]
        candidates += [path.with_name(f"{stem}_{number}.yml") for number in range(2, 100)]
        free = next(c for c in candidates if not c.exists() and str(c) not in self.taken)
        self.taken.add(str(free))
        return free

    # rules

    def _rules(self, rules: Sequence[Rule]) -> None:
        wanted = [rule for rule in rules if self._is_new(rule)]
        if not wanted:
            return
        folder = self.scope.data[0] if self.scope.data else self.scope.root / "data"
        folder = folder if folder.suffix not in YAML_SUFFIXES else folder.parent
        target = self._free_name(self.scope.rules or folder / "rules.yml")
        self._write_new(target, render_rules(wanted))
        for rule in wanted:
            told = f"added the rule {rule.name!r}: {rule.intent}, then {rule.action}"
            self.migration.done.append((Place(shown(target)), told))

    def _is_new(self, rule: Rule) -> bool:
        """Whether no story or rule says something else, or the same already."""
        for steps in self.stories:
            for step, following in pairwise(steps):
                if step.get("intent") != rule.intent or "action" not in following:
                    continue
                if following["action"] != rule.action:
                    self._leave(
                        Place("data"),
                        f"no rule 'intent {rule.intent}, then {rule.action}': a story answers the "
                        f"intent with {following['action']!r}; write the rule or stories that "
                        "you want",
                    )
                    return False
        return True
