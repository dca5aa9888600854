"""Checks that stories and rules use only names that exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.core.domain import Domain
from kefu.core.names import (
    ACTION_ANSWER_FROM_KNOWLEDGE,
    ACTION_HANDOFF,
    ACTION_VERIFY_CUSTOMER,
    KEFU_LOOPS,
    RETRIEVAL_DELIMITER,
    UTTER_PREFIX,
)
from kefu.core.slots import Slot
from kefu.project.problems import Place, Report, Severity, suggestion
from kefu.project.project import Project
from kefu.project.story_data import (
    ActionStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Step,
    Story,
    UserStep,
)

__all__ = ["Usage", "check_stories"]

_MOST_RELATED = 5


@dataclass(slots=True)
class Usage:
    """Names that stories and rules use, with the first place of each."""

    intents: dict[str, Place] = field(default_factory=dict)
    actions: dict[str, Place] = field(default_factory=dict)
    slots: dict[str, Place] = field(default_factory=dict)
    loops: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class _Unknown:
    """Places of names that do not exist."""

    places: dict[str, list[Place]] = field(default_factory=dict)

    def add(self, name: str, place: Place) -> None:
        self.places.setdefault(name, []).append(place)


def check_stories(project: Project, report: Report) -> Usage:
    """Report unknown intents, actions, slots, forms and entities; return what is used."""
    walk = _Walk(project.domain, report)
    for story in project.stories.stories:
        walk.visit(story)
    for rule in project.stories.rules:
        walk.visit(rule)
    walk.report_unknown()
    _check_names(project.stories.stories, "story", report)
    _check_names(project.stories.rules, "rule", report)
    return walk.usage


class _Walk:
    """Goes through all steps once."""

    def __init__(self, domain: Domain, report: Report) -> None:
        self._domain = domain
        self._report = report
        self.usage = Usage()
        self._actions = domain.action_index
        self._intents = _Unknown()
        self._unknown_actions = _Unknown()
        self._slots = _Unknown()
        self._loops = _Unknown()
        self._entities = _Unknown()

    def visit(self, story: Story) -> None:
        self._steps(story.conditions)
        self._steps(story.steps)

    def _steps(self, steps: Iterable[Step]) -> None:
        domain, usage = self._domain, self.usage
        intents, actions = usage.intents, usage.actions
        for step in steps:
            kind = step.__class__
            if kind is ActionStep:
                assert isinstance(step, ActionStep)
                name = step.name
                if name not in self._actions and name not in _ACTIONS_OF_ALL:
                    self._unknown_actions.add(name, step.place)
                elif name not in actions:
                    actions[name] = step.place
            elif kind is UserStep:
                assert isinstance(step, UserStep)
                intent = step.intent
                if intent is not None:
                    if intent not in domain.intents:
                        self._intents.add(intent, step.place)
                    elif intent not in intents:
                        intents[intent] = step.place
                if step.entities:
                    self._check_entities(step.entities, step.place)
            else:
                self._other(step)

    def _other(self, step: Step) -> None:
        if isinstance(step, SlotStep):
            self._check_slot(step)
        elif isinstance(step, LoopStep):
            if step.name:
                self.usage.loops.setdefault(step.name, step.place)
                if step.name not in self._actions and step.name not in KEFU_LOOPS:
                    self._loops.add(step.name, step.place)
        elif isinstance(step, OrStep):
            self._steps(step.alternatives)
        elif isinstance(step, CheckpointStep):
            for name, value in step.conditions.items():
                self._check_slot(SlotStep(place=step.place, name=name, value=value))

    def _check_slot(self, step: SlotStep) -> None:
        slot = self._domain.slots.get(step.name)
        if slot is None:
            self._slots.add(step.name, step.place)
            return
        self.usage.slots.setdefault(step.name, step.place)
        if step.has_value:
            self._check_value(slot, step.value, step.place)
        elif slot.type in {"bool", "categorical", "float"} and slot.influence_conversation:
            self._report.note(
                "story.slot-without-value",
                step.place,
                f"slot {step.name!r} of type {slot.type} is named without a value, "
                "so it counts as not set",
                f"write '- {step.name}: value'",
            )

    def _check_value(self, slot: Slot, value: Any, place: Place) -> None:
        if slot.type != "categorical" or value is None or not slot.influence_conversation:
            return
        if str(value).lower() not in slot.values:
            known = slot.values[:-1]
            self._report.note(
                "story.unknown-category",
                place,
                f"{value!r} is not among the values of the categorical slot {slot.name!r}",
                suggestion(str(value), known, "add it to 'values' of the slot"),
            )

    def _check_entities(self, entities: Iterable[Mapping[str, Any]], place: Place) -> None:
        for entity in entities:
            name = entity.get("entity")
            if isinstance(name, str) and name not in self._domain.entities:
                self._entities.add(name, place)

    def report_unknown(self) -> None:
        """Report every unknown name once, at its first place."""
        domain = self._domain
        for name, places in self._intents.places.items():
            self._tell("warning", "story.unknown-intent", "intent", (name, places), domain.intents)
        for name, places in self._unknown_actions.places.items():
            self._tell_action(name, places)
        for name, places in self._slots.places.items():
            self._tell("error", "story.unknown-slot", "slot", (name, places), domain.slots)
        for name, places in self._loops.places.items():
            self._tell("error", "story.unknown-form", "form", (name, places), domain.forms)
        for name, places in self._entities.places.items():
            self._tell("note", "story.unknown-entity", "entity", (name, places), domain.entities)

    def _tell_action(self, name: str, places: list[Place]) -> None:
        code, what, known = "story.unknown-action", "action", domain_actions(self._domain)
        base, _, key = name.partition(RETRIEVAL_DELIMITER)
        if name.startswith(UTTER_PREFIX):
            code, what = "story.unknown-response", "response"
            advice = "add it to the 'responses' of the domain"
            if key or base.removeprefix(UTTER_PREFIX) in self._domain.intents:
                advice += ", or add examples of the retrieval intent to the NLU data"
        else:
            advice = "add it to the 'actions' of the domain"
        self._tell("error", code, what, (name, places), known, advice)

    def _tell(
        self,
        severity: Severity,
        code: str,
        what: str,
        found: tuple[str, list[Place]],
        known: Iterable[str],
        otherwise: str = "",
    ) -> None:
        name, places = found
        more = f" (and {len(places) - 1} more times)" if len(places) > 1 else ""
        report = self._report
        tell = {"error": report.error, "warning": report.warning, "note": report.note}[severity]
        tell(
            code,
            places[0],
            f"the {what} {name!r} is not in the domain{more}",
            suggestion(name, known, otherwise or f"add it to the domain's {_SECTIONS[what]}"),
            *places[1 : 1 + _MOST_RELATED],
        )


_ACTIONS_OF_ALL = (ACTION_HANDOFF, ACTION_ANSWER_FROM_KNOWLEDGE, ACTION_VERIFY_CUSTOMER)
"""Actions that stories may name though no domain lists them."""
_SECTIONS = {"intent": "'intents'", "slot": "'slots'", "form": "'forms'", "entity": "'entities'"}


def domain_actions(domain: Domain) -> list[str]:
    """Return the names of actions, without texts of end-to-end stories."""
    texts = set(domain.e2e_actions)
    return [name for name in (*domain.action_names, *_ACTIONS_OF_ALL) if name not in texts]


def _check_names(stories: Iterable[Story], what: str, report: Report) -> None:
    places: dict[str, list[Place]] = {}
    for story in stories:
        if story.name:
            places.setdefault(story.name, []).append(story.place)
    plural = "stories" if what == "story" else "rules"
    for name, found in places.items():
        if len(found) > 1:
            report.note(
                "story.duplicate-name",
                found[1],
                f"{len(found)} {plural} have the name {name!r}, the first is in {found[0]}",
                "give each a name of its own, so that messages can tell them apart",
                found[0],
                *found[2 : 1 + _MOST_RELATED],
            )
