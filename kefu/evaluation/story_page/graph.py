"""Stories that begin alike as a tree: each step is one node for all stories that take it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from kefu.project.problems import Place
from kefu.project.story_data import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    Story,
    UserStep,
)

__all__ = ["Graph", "Label", "Node", "build_graph"]

_ANY_STEP = -1


@dataclass(frozen=True, slots=True)
class Label:
    """What a node shows: its kind, its name, and what is said beside the name."""

    kind: str
    """intent, text, response, action, slot, loop, end, checkpoint, start, if."""
    name: str
    detail: str = ""


@dataclass(slots=True)
class Node:
    """A step of one or more stories that came the same way."""

    number: int
    label: Label
    children: list[int] = field(default_factory=list)
    stories: list[int] = field(default_factory=list)
    places: dict[Place, None] = field(default_factory=dict)
    goes_to: int = _ANY_STEP
    """The node with which the stories go on; nothing stands below this one then."""


@dataclass(slots=True)
class Graph:
    """All nodes, and those that stories or rules begin with."""

    nodes: list[Node] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    rule_roots: list[int] = field(default_factory=list)


def build_graph(stories: Sequence[Story], *, max_history: int | None = None) -> Graph:
    """Put stories together; a story's number is its position.

    Args:
        stories: Stories and rules. A story that begins at a checkpoint stands behind a story that
            ends there.
        max_history: What follows the same so many turns is drawn once, however stories came there.
    """
    return _Builder(stories, max_history).build()


class _Builder:
    def __init__(self, stories: Sequence[Story], max_history: int | None) -> None:
        self.stories = stories
        self.max_history = max_history
        self.graph = Graph()
        self._children: dict[tuple[int, Label], int] = {}
        self._seen: dict[tuple[Any, ...], int] = {}
        self._by_checkpoint: dict[str, list[int]] = {}
        self._drawn: dict[str, int] = {}
        """Checkpoint -> the node behind which the stories that begin there stand."""

    def build(self) -> Graph:
        begun: list[int] = []
        reached = {
            step.name
            for story in self.stories
            for step in story.steps[1:]
            if isinstance(step, CheckpointStep)
        }
        for number, story in enumerate(self.stories):
            first = story.steps[0] if story.steps else None
            if isinstance(first, CheckpointStep):
                self._by_checkpoint.setdefault(first.name, []).append(number)
                if first.name in reached:
                    continue
            begun.append(number)
        for number in begun:
            self._add(number, None, self._steps(number))
        # Stories of checkpoints that only lead to one another have not been drawn yet.
        drawn = {number for node in self.graph.nodes for number in node.stories}
        for number, _ in enumerate(self.stories):
            if number not in drawn and self._steps(number):
                self._add(number, None, self._steps(number))
                drawn |= {one for node in self.graph.nodes for one in node.stories}
        return self.graph

    def _steps(self, number: int) -> list[tuple[Label, Place]]:
        story = self.stories[number]
        found = [(Label("if", label.name, label.detail), step.place)
                 for step in story.conditions for label in [label_of(step)]]  # fmt: skip
        if story.is_conversation_start:
            found.insert(0, (Label("start", ""), story.place))
        return found + [(label_of(step), step.place) for step in story.steps]

    def _add(self, number: int, parent: int | None, steps: Iterable[tuple[Label, Place]]) -> None:
        path: list[Label] = []
        current = parent
        for label, place in steps:
            path.append(label)
            current = self._step(number, current, label, place, path)
            if label.kind == "checkpoint" and len(path) > 1:
                self._behind(label.name, current)

    def _step(
        self, number: int, parent: int | None, label: Label, place: Place, path: list[Label]
    ) -> int:
        is_rule = self.stories[number].is_rule
        key = (_ANY_STEP - is_rule if parent is None else parent, label)
        found = self._children.get(key)
        if found is None:
            found = self._new(label, parent, is_rule=is_rule)
            self._children[key] = found
            self._fold(found, path, is_rule=is_rule)
        node = self.graph.nodes[found]
        self._note(node, number, place)
        if node.goes_to >= 0:
            node = self.graph.nodes[node.goes_to]
            self._note(node, number, place)
        return node.number

    def _note(self, node: Node, number: int, place: Place) -> None:
        if number not in node.stories:
            node.stories.append(number)
        node.places[place] = None

    def _new(self, label: Label, parent: int | None, *, is_rule: bool) -> int:
        node = Node(len(self.graph.nodes), label)
        self.graph.nodes.append(node)
        if parent is not None:
            self.graph.nodes[parent].children.append(node.number)
        else:
            (self.graph.rule_roots if is_rule else self.graph.roots).append(node.number)
        return node.number

    def _fold(self, number: int, path: list[Label], *, is_rule: bool) -> None:
        """Let a new node lead to an older one that came there by the same last turns."""
        if self.max_history is None or is_rule:
            return
        last: list[Label] = []
        turns = 0
        for label in reversed(path):
            last.append(label)
            turns += label.kind in {"intent", "text"}
            if turns == self.max_history:
                break
        if turns < self.max_history:
            return
        older = self._seen.setdefault(tuple(last), number)
        if older != number:
            self.graph.nodes[number].goes_to = older

    def _behind(self, name: str, node: int) -> None:
        """Draw the stories that begin at a checkpoint, where it is reached first."""
        older = self._drawn.setdefault(name, node)
        if older != node:
            if not self.graph.nodes[node].children:
                self.graph.nodes[node].goes_to = older
            return
        for number in self._by_checkpoint.get(name, ()):
            label, place = self._steps(number)[0]
            del label
            self._note(self.graph.nodes[node], number, place)
            self._add(number, node, self._steps(number)[1:])


def label_of(step: Step) -> Label:
    """Return what a step shows."""
    match step:
        case UserStep():
            label = _message(step)
        case ActionStep():
            label = Label("response" if step.name.startswith("utter_") else "action", step.name)
        case BotStep():
            label = Label("response", f"“{step.text}”")
        case SlotStep():
            label = Label("slot", step.name, _value(step.value) if step.has_value else "")
        case LoopStep():
            label = Label("loop", step.name) if step.name else Label("end", "")
        case CheckpointStep():
            slots = ", ".join(f"{name} = {_value(v)}" for name, v in step.conditions.items())
            label = Label("checkpoint", step.name, slots)
        case OrStep():
            label = _alternatives([label_of(part) for part in step.alternatives])
        case _:
            assert_never(step)
    return label


def _alternatives(parts: Sequence[Label]) -> Label:
    return Label(
        parts[0].kind if parts else "intent",
        " | ".join(part.name for part in parts),
        " | ".join(part.detail for part in parts if part.detail),
    )


def _message(step: UserStep) -> Label:
    entities = ", ".join(
        f"{entity.get('entity')} = {_value(entity.get('value'))}"
        if entity.get("value") not in (None, "")
        else str(entity.get("entity"))
        for entity in step.entities
    )
    if step.text and not step.intent:
        return Label("text", step.text)
    return Label("intent", step.full_retrieval_intent or step.intent or "", step.text or entities)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
