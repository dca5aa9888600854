"""Finds names that examples, stories and rules use and the domain does not declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.names import RETRIEVAL_DELIMITER, UTTER_PREFIX
from kefu.project.problems import Problem, nearest
from kefu.project.project import Project
from kefu.project.story_data import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    UserStep,
)

__all__ = ["TODO", "Addition", "addition_for", "additions"]

TODO: Final = "TODO"
"""Begins the text of a response that somebody has to write."""
_ALIKE: Final = 0.75
CODES: Final = {
    "nlu.unknown-intent": "intents",
    "story.unknown-intent": "intents",
    "nlu.unknown-entity": "entities",
    "story.unknown-entity": "entities",
    "story.unknown-slot": "slots",
    "story.unknown-action": "actions",
    "story.unknown-response": "responses",
}
"""Codes of problems that an addition to this section of the domain mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A name that the domain should declare."""

    section: str
    name: str
    options: Any = None


@dataclass(slots=True)
class _Used:
    intents: set[str] = field(default_factory=set)
    entities: set[str] = field(default_factory=set)
    slots: dict[str, list[Any]] = field(default_factory=dict)
    actions: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)


def additions(project: Project) -> list[Addition]:
    """Return what can be added without guessing.

    A name that looks like a declared one is probably misspelled, so it is not among them; neither
    are forms, of which nobody can know what they ask for.
    """
    domain = project.domain
    used = _used(project)
    found = [Addition(section="intents", name=name) for name in _new(used.intents, domain.intents)]
    found += [
        Addition(section="entities", name=name) for name in _new(used.entities, domain.entities)
    ]
    for name in _new(used.slots, domain.slots):
        options = _slot(name, used.slots[name], used.entities | set(domain.entities))
        if options is not None:
            found.append(Addition(section="slots", name=name, options=options))
    known = set(domain.action_names) | used.loops
    for name in _new(used.actions, known):
        if not name.startswith(UTTER_PREFIX):
            found.append(Addition(section="actions", name=name))
        elif RETRIEVAL_DELIMITER not in name:
            found.append(
                Addition(section="responses", name=name, options=[{"text": f"{TODO}: {name}"}])
            )
    return found


def addition_for(problem: Problem, wanted: Iterable[Addition]) -> Addition | None:
    """Return the addition that mends a problem."""
    section = CODES.get(problem.code)
    return next(
        (one for one in wanted if one.section == section and repr(one.name) in problem.message),
        None,
    )


def _new(used: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the names that are not known, and like none that is."""
    known = set(known)
    bare = {_bare(name) for name in known}
    return sorted(
        name
        for name in used
        if name and name not in known and nearest(_bare(name), bare, likeness=_ALIKE) is None
    )


def _bare(name: str) -> str:
    """Return a name without what all names of its kind begin with."""
    return name.removeprefix("action_").removeprefix(UTTER_PREFIX)


def _used(project: Project) -> _Used:
    used = _Used()
    for example in project.nlu.examples:
        if example.intent:
            used.intents.add(example.intent)
        used.entities |= {entity.entity for entity in example.entities}
    for story in (*project.stories.stories, *project.stories.rules):
        for step in _steps((*story.conditions, *story.steps)):
            _note(step, used)
    return used


def _steps(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, OrStep):
            yield from step.alternatives
        elif isinstance(step, CheckpointStep):
            for name, value in step.conditions.items():
                yield SlotStep(place=step.place, name=name, value=value)
        else:
            yield step


def _note(step: Step, used: _Used) -> None:
    if isinstance(step, UserStep):
        if step.intent:
            used.intents.add(step.intent)
        used.entities |= {str(entity["entity"]) for entity in step.entities if "entity" in entity}
    elif isinstance(step, ActionStep):
        used.actions.add(step.name)
    elif isinstance(step, LoopStep) and step.name:
        used.loops.add(step.name)
    elif isinstance(step, SlotStep):
        used.slots.setdefault(step.name, []).append(step.value if step.has_value else None)


def _slot(name: str, values: list[Any], entities: set[str]) -> dict[str, Any] | None:
    """Return a declaration of a slot; None when its values do not say what kind it is."""
    given = [value for value in values if value is not None]
    kinds = {type(value) for value in given}
    kind = {bool: "bool", str: "text", list: "list"}.get(next(iter(kinds))) if kinds else "text"
    if len(kinds) > 1 or kind is None:
        return None
    mapping = {"type": "custom"}
    if name in entities:
        mapping = {"type": "from_entity", "entity": name}
    return {"type": kind, "mappings": [mapping]}
