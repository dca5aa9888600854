"""Finds what nothing uses: intents without examples or stories, responses, slots."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.names import (
    DEFAULT_INTENTS,
    HANDOFF_RESPONSES,
    INTENT_KNOWLEDGE,
    KNOWLEDGE_BASE_SLOTS,
    KNOWLEDGE_RESPONSE,
    REQUESTED_SLOT,
    RETRIEVAL_DELIMITER,
    SESSION_STARTED_METADATA_SLOT,
    VERIFICATION_RESPONSES,
)
from kefu.core.slots import Slot
from kefu.project.problems import Report, suggestion
from kefu.project.project import Project
from kefu.project.validation.forms import question_names
from kefu.project.validation.responses import names_in_policies
from kefu.project.validation.stories import Usage

__all__ = ["check_usage"]

_UTTERED_BY_DEFAULT: Final = frozenset(
    ("utter_default", "utter_restart", "utter_back", "utter_ask_rephrase", "utter_please_rephrase",
     "utter_ask_affirmation", "utter_session_start", KNOWLEDGE_RESPONSE, *HANDOFF_RESPONSES,
     *VERIFICATION_RESPONSES)
)  # fmt: skip
_HIDDEN_SLOTS: Final = frozenset(
    (REQUESTED_SLOT, SESSION_STARTED_METADATA_SLOT, *KNOWLEDGE_BASE_SLOTS)
)
_OUTSIDE_EXTRACTORS: Final = ("duckling", "spacy", "mitie", "regex", ".")
"""Parts of names of components that find entities that no example shows."""


def check_usage(project: Project, usage: Usage, in_code: Collection[str], report: Report) -> None:
    """Report names of the domain that no example, story or rule uses."""
    has_examples = bool(project.nlu.examples)
    has_stories = bool(project.stories.stories or project.stories.rules)
    if has_examples:
        _check_examples(project, report)
    if has_stories:
        _check_intents(project, usage, report)
        _check_responses(project, usage, in_code, report)
    _check_slots(project, report)


def _own_intents(domain: Domain) -> Iterator[str]:
    return (name for name in domain.intents if name not in DEFAULT_INTENTS)


def _check_examples(project: Project, report: Report) -> None:
    counts: dict[str, int] = {}
    for example in project.nlu.examples:
        if example.intent:
            counts[example.intent] = counts.get(example.intent, 0) + 1
    for name in _own_intents(project.domain):
        place = project.places.of("intents", name)
        if name == INTENT_KNOWLEDGE and _has_selector(project):
            continue
        if name not in counts:
            unknown = [intent for intent in counts if intent not in project.domain.intents]
            report.note(
                "domain.intent-without-examples",
                place,
                f"the intent {name!r} has no examples",
                suggestion(name, unknown, "add some, unless only buttons send it"),
            )
        elif counts[name] == 1:
            message = f"the intent {name!r} has only one example"
            report.note("domain.intent-with-one-example", place, message, "add some")


def _has_selector(project: Project) -> bool:
    """Whether the pipeline gives messages the intent ``knowledge`` by itself."""
    return any(component.name == "KnowledgeSelector" for component in project.config.pipeline)


def _check_intents(project: Project, usage: Usage, report: Report) -> None:
    domain = project.domain
    in_mappings = set(_intents_of_mappings(domain))
    for name in _own_intents(domain):
        if name not in usage.intents and name not in in_mappings:
            report.note(
                "domain.unused-intent",
                project.places.of("intents", name),
                f"the intent {name!r} is not used in any story or rule",
                "write a rule that answers it, or delete it",
            )


def _intents_of_mappings(domain: Domain) -> Iterator[str]:
    for slot in domain.slots.values():
        for mapping in slot.mappings:
            for key in ("intent", "not_intent"):
                given: Any = mapping.get(key)
                for name in given if isinstance(given, list) else [given]:
                    if isinstance(name, str):
                        yield name
    for form in domain.forms.values():
        yield from form.ignored_intents


def _check_responses(
    project: Project, usage: Usage, in_code: Collection[str], report: Report
) -> None:
    domain = project.domain
    asked = {
        name
        for form in domain.forms.values()
        for slot in form.required_slots
        for name in question_names(form.name, slot)
    }
    named = names_in_policies(project)
    unused = [
        name
        for name in domain.responses
        if name not in usage.actions
        and name not in asked
        and name not in _UTTERED_BY_DEFAULT
        and name not in named
        and not _is_answer_in_use(name, usage)
    ]
    for name in unused:
        if name in in_code or (name.startswith("utter_ask_") and _asks_for_slot(name, domain)):
            continue
        place = project.places.of_response(name)
        report.note(
            "domain.unused-response",
            place,
            f"the response {name!r} is not used in any story, rule or form",
            "use it, or delete it; a custom action that uses it is not looked at",
        )


def _is_answer_in_use(name: str, usage: Usage) -> bool:
    base, _, key = name.partition(RETRIEVAL_DELIMITER)
    return bool(key) and (base in usage.actions or name in usage.actions)


def _asks_for_slot(name: str, domain: Domain) -> bool:
    return any(name.endswith(f"_{slot}") for slot in domain.slots)


def _check_slots(project: Project, report: Report) -> None:
    annotated = {entity.entity for example in project.nlu.examples for entity in example.entities}
    annotated |= set(project.nlu.lookups) | {name for name, _ in project.nlu.regexes}
    others_find = any(
        hint in component.name.lower()
        for component in project.config.pipeline
        for hint in _OUTSIDE_EXTRACTORS
    )
    for slot in project.domain.slots.values():
        if slot.name in _HIDDEN_SLOTS or slot.initial_value is not None:
            continue
        reason = _why_unfillable(slot, annotated, others_find=others_find)
        if reason:
            report.note(
                "domain.unfillable-slot",
                project.places.of("slots", slot.name),
                f"nothing can fill the slot {slot.name!r}: {reason}",
                "correct its mappings, or write '- type: custom' if an action sets it",
            )


def _why_unfillable(slot: Slot, annotated: set[str], *, others_find: bool) -> str:
    if not slot.mappings:
        return "its list of mappings is empty"
    entities: list[str] = []
    for mapping in slot.mappings:
        if mapping.get("type") != "from_entity" or others_find:
            return ""
        entities.append(str(mapping.get("entity")))
    if not annotated or any(entity in annotated for entity in entities):
        return ""
    names = ", ".join(repr(entity) for entity in dict.fromkeys(entities))
    return f"no example annotates {names}"
