"""Checks NLU data by itself and against the domain."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from kefu.core.names import RETRIEVAL_DELIMITER, UTTER_PREFIX
from kefu.project.nlu_data import Example
from kefu.project.problems import Place, Report, suggestion
from kefu.project.project import Project

__all__ = ["check_nlu", "same_but_for_signs"]

_PLAIN: Final = re.compile(r"[\w一-鿿]+")
_MOST_RELATED: Final = 5


def check_nlu(project: Project, report: Report, *, has_domain: bool) -> None:
    """Report what is odd about the examples, and names that the domain lacks."""
    examples = project.nlu.examples
    if not examples:
        return
    _check_texts(examples, report)
    _check_answers(project, report)
    if has_domain:
        _check_intents(project, report)
        _check_entities(project, report)


def _check_texts(examples: Iterable[Example], report: Report) -> None:
    """Report texts that several intents share, exactly or nearly."""
    exact: dict[str, Example] = {}
    told: set[str] = set()
    for example in examples:
        text = example.text
        if not text:
            report.note("nlu.empty-example", example.place, "the example is empty", "delete it")
            continue
        first = exact.setdefault(text, example)
        if first is not example:
            told.add(text)
            _tell_same_text(first, example, report)
    alike: dict[str, Example] = {}
    for text, example in exact.items():
        key = same_but_for_signs(text)
        if not key:
            continue
        first = alike.setdefault(key, example)
        if first.full_intent != example.full_intent and text not in told:
            report.note(
                "nlu.near-duplicate",
                example.place,
                f"{text!r} of intent {example.full_intent!r} differs only in case, spaces or "
                f"punctuation from {first.text!r} of intent {first.full_intent!r} in {first.place}",
                "keep it in one of the two intents",
                first.place,
            )


def _tell_same_text(first: Example, example: Example, report: Report) -> None:
    if first.intent != example.intent:
        report.warning(
            "nlu.duplicate-in-intents",
            example.place,
            f"the example {example.text!r} of intent {example.full_intent!r} is also an example of "
            f"intent {first.full_intent!r} in {first.place}",
            "delete it in one of the two",
            first.place,
        )
    elif first.response_key != example.response_key:
        report.note(
            "nlu.duplicate-in-answers",
            example.place,
            f"the example {example.text!r} of {example.full_intent!r} is also an example of "
            f"{first.full_intent!r} in {first.place}",
            "delete it in one of the two",
            first.place,
        )
    elif first.entities != example.entities:
        report.note(
            "nlu.annotated-differently",
            example.place,
            f"the example {example.text!r} is annotated differently in {first.place}",
            "annotate it in the same way in both places, or delete one",
            first.place,
        )


def same_but_for_signs(text: str) -> str:
    """Return what texts have in common that differ in case, width, spaces and punctuation."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(_PLAIN.findall(text.casefold()))


def _check_intents(project: Project, report: Report) -> None:
    known = project.domain.intents
    missing: dict[str, Place] = {}
    for full_name, place in project.places.intents.items():
        name = full_name.partition(RETRIEVAL_DELIMITER)[0]
        if name and name not in known:
            missing.setdefault(name, place)
    with_examples = {example.intent for example in project.nlu.examples}
    for name, place in missing.items():
        if name in with_examples:
            advice = suggestion(name, known, "add it to the 'intents' of the domain")
            message = f"the intent {name!r} is not in the domain"
            report.warning("nlu.unknown-intent", place, message, advice)


def _check_entities(project: Project, report: Report) -> None:
    known = project.domain.entities
    unknown: dict[str, list[Place]] = {}
    unknown_parts: dict[tuple[str, str, str], list[Place]] = {}
    for example in project.nlu.examples:
        for annotation in example.entities:
            entity = known.get(annotation.entity)
            if entity is None:
                unknown.setdefault(annotation.entity, []).append(example.place)
                continue
            if annotation.role and annotation.role not in entity.roles:
                key = ("role", annotation.entity, annotation.role)
                unknown_parts.setdefault(key, []).append(example.place)
            if annotation.group and annotation.group not in entity.groups:
                key = ("group", annotation.entity, annotation.group)
                unknown_parts.setdefault(key, []).append(example.place)
    for name, places in unknown.items():
        report.note(
            "nlu.unknown-entity",
            places[0],
            f"the entity {name!r} is annotated{_times(places)}, but it is not in the domain",
            suggestion(name, known, "add it to the 'entities' of the domain"),
            *places[1 : 1 + _MOST_RELATED],
        )
    for (kind, name, part), places in unknown_parts.items():
        entity = known[name]
        declared = entity.roles if kind == "role" else entity.groups
        report.note(
            "nlu.unknown-role-or-group",
            places[0],
            f"the {kind} {part!r} of entity {name!r} is annotated{_times(places)}, "
            "but the domain does not declare it",
            suggestion(part, declared, f"add it to '{kind}s' of the entity"),
            *places[1 : 1 + _MOST_RELATED],
        )


def _times(places: list[Place]) -> str:
    return f" {len(places)} times" if len(places) > 1 else ""


def _check_answers(project: Project, report: Report) -> None:
    """Report retrieval intents without an answer, and answers without examples."""
    answers = {
        name.removeprefix(UTTER_PREFIX)
        for name in project.nlu.responses
        if RETRIEVAL_DELIMITER in name
    }
    asked = {
        name: place for name, place in project.places.intents.items() if RETRIEVAL_DELIMITER in name
    }
    for name, place in asked.items():
        if name not in answers:
            report.warning(
                "nlu.no-answer",
                place,
                f"the retrieval intent {name!r} has no response {UTTER_PREFIX + name!r}",
                suggestion(
                    name, answers - set(asked), f"add {UTTER_PREFIX + name!r} to the responses"
                ),
            )
    for name in sorted(answers - set(asked)):
        response = UTTER_PREFIX + name
        place = project.places.of_response(response)
        report.note(
            "nlu.answer-without-examples",
            place,
            f"the response {response!r} answers {name!r}, which has no examples",
            suggestion(name, set(asked) - answers, "add examples, or delete the response"),
        )
