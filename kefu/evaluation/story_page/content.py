"""What the page of stories shows, in the compact form that its script reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kefu.evaluation.story_page.graph import Node, build_graph
from kefu.project.problems import Place, Problem
from kefu.project.project import Project
from kefu.project.story_data import Story

__all__ = ["story_content"]

_EXAMPLES_SHOWN: Final = 8
_TEXTS_SHOWN: Final = 5
_UNUSED: Final = {
    "domain.unused-intent": "intent",
    "domain.unused-response": "response",
    "domain.intent-without-examples": "examples",
    "domain.unfillable-slot": "slot",
}
"""Codes of what nothing uses, with the list on the page that they go to."""


def story_content(
    project: Project, problems: Iterable[Problem], *, max_history: int | None = None
) -> dict[str, Any]:
    """Return the data of the page; positions stand for nodes, stories, files and problems.

    Args:
        project: The project, or what could be read of it.
        problems: What validation found; those of stories and rules are marked at their steps.
        max_history: See :func:`~kefu.evaluation.story_page.graph.build_graph`.
    """
    stories = (*project.stories.stories, *project.stories.rules)
    graph = build_graph(stories, max_history=max_history)
    files = _Files()
    found = list(problems)
    marks = _Marks(found, stories)
    unused = [
        [_UNUSED[one.code], one.message, *files.place(one.place)]
        for one in found
        if one.code in _UNUSED
    ]
    return {
        "nodes": [_node(node, marks) for node in graph.nodes],
        "roots": graph.roots,
        "rules": graph.rule_roots,
        "stories": [
            [story.name, *files.place(story.place), int(story.is_rule),
             sorted(marks.of_story(number)), int(story.waits_for_user_input)]
            for number, story in enumerate(stories)
        ],
        "forms": [_form(project, name, files) for name in project.domain.forms],
        "intents": _intents(project, files),
        "responses": _responses(project, files),
        "problems": [
            [one.severity, one.code, one.message, one.advice, *files.place(one.place),
             [files.place(place) for place in one.related]]
            for one in marks.shown
        ],
        "unused": unused,
        "places": [[files.place(place) for place in node.places] for node in graph.nodes],
        "files": files.names,
        "maxHistory": max_history,
    }  # fmt: skip


class _Files:
    """Numbers the files of places."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def names(self) -> list[str]:
        return list(self._numbers)

    def place(self, place: Place) -> tuple[int, int]:
        """Return (number of the file, line)."""
        return self._numbers.setdefault(place.file, len(self._numbers)), place.line


class _Marks:
    """Problems of stories and rules, and the steps that they are about."""

    def __init__(self, problems: Sequence[Problem], stories: Sequence[Story]) -> None:
        ranges = _ranges(stories)
        self.shown: list[Problem] = []
        self._of_line: dict[tuple[str, int], set[int]] = defaultdict(set)
        self._of_story: dict[int, set[int]] = defaultdict(set)
        for problem in problems:
            places = (problem.place, *problem.related)
            touched = {
                number for place in places if (number := _story_at(place, ranges)) is not None
            }
            if not touched:
                continue
            number = len(self.shown)
            self.shown.append(problem)
            for place in places:
                self._of_line[place.file, place.line].add(number)
            for story in touched:
                self._of_story[story].add(number)

    def of_story(self, number: int) -> set[int]:
        """Return the problems that a story or rule has part in."""
        return self._of_story.get(number, set())

    def of_node(self, node: Node) -> list[int]:
        """Return the problems at the steps of a node."""
        found: set[int] = set()
        for place in node.places:
            found |= self._of_line.get((place.file, place.line), set())
        return sorted(found)


def _ranges(stories: Sequence[Story]) -> dict[str, list[tuple[int, int, int]]]:
    """Return (first line, last line, number) of the stories of each file."""
    found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for number, story in enumerate(stories):
        lines = [story.place.line]
        lines += [step.place.line for step in (*story.conditions, *story.steps)]
        found[story.place.file].append((min(lines), max(lines), number))
    return found


def _story_at(place: Place, ranges: Mapping[str, list[tuple[int, int, int]]]) -> int | None:
    return next(
        (n for first, last, n in ranges.get(place.file, ()) if first <= place.line <= last), None
    )


def _node(node: Node, marks: _Marks) -> list[Any]:
    label = node.label
    problems = marks.of_node(node)
    return [label.kind, label.name, label.detail, node.children, node.stories, problems,
            node.goes_to]  # fmt: skip


def _form(project: Project, name: str, files: _Files) -> dict[str, Any]:
    domain = project.domain
    form = domain.forms[name]
    slots = []
    for slot in form.required_slots:
        names = (f"utter_ask_{name}_{slot}", f"utter_ask_{slot}")
        actions = (f"action_ask_{name}_{slot}", f"action_ask_{slot}")
        known = {*domain.responses, *domain.action_names}
        question = next((one for one in (*actions, *names) if one in known), "")
        mappings = domain.slots[slot].mappings if slot in domain.slots else ()
        slots.append([slot, question, [_mapping(one) for one in mappings]])
    return {
        "name": name,
        "slots": slots,
        "ignored": list(form.ignored_intents),
        "place": files.place(project.places.of("forms", name)),
    }


def _mapping(mapping: Mapping[str, Any]) -> str:
    parts = [str(mapping.get("type"))]
    for key in ("entity", "value", "intent", "not_intent", "role", "group"):
        value = mapping.get(key)
        if value is not None:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            parts.append(f"{key}: {shown}")
    return " · ".join(parts)


def _intents(project: Project, files: _Files) -> dict[str, Any]:
    counts: dict[str, int] = defaultdict(int)
    shown: dict[str, list[Any]] = defaultdict(list)
    for example in project.nlu.examples:
        for name in {example.intent, example.full_intent}:
            if name:
                counts[name] += 1
                if len(shown[name]) < _EXAMPLES_SHOWN:
                    shown[name].append([example.text, *files.place(example.place)])
    return {name: [counts[name], shown[name]] for name in counts}


def _responses(project: Project, files: _Files) -> dict[str, Any]:
    return {
        name: [
            [str(one.get("text") or "…") for one in variations[:_TEXTS_SHOWN]],
            *files.place(project.places.of_response(name)),
        ]
        for name, variations in project.domain.responses.items()
    }
