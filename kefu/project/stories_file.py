"""Reads stories, rules and test stories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.names import ACTION_RULE_SNIPPET
from kefu.project.problems import Place, Report
from kefu.project.sections import accepts_version
from kefu.project.shape import Shape
from kefu.project.story_data import ActionStep, SlotStep, Step, Story, StoryData
from kefu.project.story_steps import StepReader
from kefu.project.yaml import Document, YamlList, YamlMap, plain

__all__ = ["StoryCollector"]

STORY_KEYS: Final = ("story", "metadata", "steps", "fixtures")
RULE_KEYS: Final = (
    "rule",
    "metadata",
    "steps",
    "condition",
    "conversation_start",
    "wait_for_user_input",
)
TEST_CASE_KEYS: Final = ("test_case", "metadata", "steps", "fixtures")


@dataclass(slots=True)
class StoryCollector:
    """Gathers the stories and rules of all files of a project, in the order of the files."""

    report: Report
    stories: list[Story] = field(default_factory=list)
    rules: list[Story] = field(default_factory=list)
    fixtures: dict[str, tuple[SlotStep, ...]] = field(default_factory=dict)

    def add(self, document: Document, *, is_test: bool = False) -> None:
        """Read one file that has ``stories``, ``rules`` or ``test_cases``."""
        root = document.root
        if not isinstance(root, YamlMap) or not accepts_version(document, root, self.report):
            return
        reader = _FileReader(document, Shape(document, self.report, "story"), is_test=is_test)
        self.stories += reader.items(root, "stories", "story", STORY_KEYS)
        self.rules += reader.items(root, "rules", "rule", RULE_KEYS)
        if is_test:
            self.stories += reader.items(root, "test_cases", "test_case", TEST_CASE_KEYS)
            self.fixtures.update(reader.fixtures(root))

    def data(self) -> StoryData:
        """Return everything gathered."""
        return StoryData(
            stories=tuple(self.stories), rules=tuple(self.rules), fixtures=self.fixtures
        )


class _FileReader:
    """Reads the stories and rules of one file."""

    def __init__(self, document: Document, shape: Shape, *, is_test: bool) -> None:
        self._document = document
        self._shape = shape
        self._steps = StepReader(document, shape, in_tests=is_test)

    def items(
        self, root: YamlMap, section: str, kind: str, keys: tuple[str, ...]
    ) -> Iterator[Story]:
        """Yield the stories, rules or test cases of a section."""
        items = self._shape.section(root, section)
        for index, item in enumerate(items or ()):
            assert items is not None
            place = self._document.item(items, index)
            node = self._shape.as_map(item, place, f"an item of {section!r}")
            if node is None:
                if item is None:
                    self._shape.wrong(place, f"an item of {section!r}", "a mapping", item)
                continue
            story = self._story(node, place, kind, keys)
            if story is not None:
                yield story

    def fixtures(self, root: YamlMap) -> Iterator[tuple[str, tuple[SlotStep, ...]]]:
        """Yield the named slot values that test stories can start with."""
        for item in self._shape.section(root, "fixtures") or ():
            for name, slots in item.items() if isinstance(item, YamlMap) else ():
                if isinstance(slots, YamlList):
                    yield str(name), tuple(self._steps.slot_list(slots))

    def _story(self, node: YamlMap, place: Place, kind: str, keys: tuple[str, ...]) -> Story | None:
        self._shape.known_keys(node, keys, f"a {kind}")
        name = self._shape.text_at(node, kind, f"the name of the {kind}")
        if not name:
            if node.get(kind) in (None, ""):
                at = self._document.key(node, kind)
                message = f"a {kind} has no name"
                advice = f"write '- {kind}: what happens'"
                self._shape.report.note("story.no-name", at, message, advice)
            name = ""
        what = f"{kind} {name!r}"
        is_rule = kind == "rule"
        steps = self._read_steps(node, place, what, is_rule=is_rule)
        if not steps:
            return None
        starts, waits = (
            self._flag(node, "conversation_start", default=False),
            self._flag(node, "wait_for_user_input", default=True),
        )
        if is_rule:
            steps, ends_open = _without_snippets(steps)
            waits = waits and not ends_open
        return Story(
            name=name,
            place=place,
            steps=tuple(steps),
            is_rule=is_rule,
            conditions=tuple(self._conditions(node, what)),
            is_conversation_start=starts,
            waits_for_user_input=waits,
            fixtures=self._fixture_names(node),
            metadata=_as_metadata(node.get("metadata")),
        )

    def _read_steps(self, node: YamlMap, place: Place, what: str, *, is_rule: bool) -> list[Step]:
        at = self._document.value(node, "steps")
        items = self._shape.as_list(node.get("steps"), at, f"'steps' of {what}")
        if items:
            return self._steps.read(items, what, is_rule=is_rule)
        if not node.get("steps"):
            message = f"{what} has no steps, it is skipped"
            self._shape.report.note("story.no-steps", place, message, "add steps, or delete it")
        return []

    def _conditions(self, node: YamlMap, what: str) -> list[Any]:
        if "condition" not in node:
            return []
        at = self._document.value(node, "condition")
        items = self._shape.as_list(node["condition"], at, f"'condition' of {what}")
        return self._steps.conditions(items, what) if items else []

    def _flag(self, node: YamlMap, key: str, *, default: bool) -> bool:
        value = node.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            at = self._document.value(node, key)
            self._shape.wrong(at, f"{key!r}", "true or false", value)
            return default
        return value

    def _fixture_names(self, node: YamlMap) -> tuple[str, ...]:
        names = node.get("fixtures")
        return tuple(str(name) for name in names) if isinstance(names, YamlList) else ()


def _as_metadata(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return plain(value) if isinstance(value, YamlMap) else {"metadata": plain(value)}


def _without_snippets(steps: list[Step]) -> tuple[list[Step], bool]:
    """Take out ``action: ...``; whether the last step was one says that the rule goes on."""
    last = steps[-1]
    ends_open = isinstance(last, ActionStep) and last.name == ACTION_RULE_SNIPPET
    kept = [
        step
        for step in steps
        if not (isinstance(step, ActionStep) and step.name == ACTION_RULE_SNIPPET)
    ]
    return kept, ends_open and len(steps) > 1
