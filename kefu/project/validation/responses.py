"""Checks what responses refer to: slots in their text and conditions, intents of their buttons."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.names import (
    HANDOFF_RESPONSES,
    HANDOFF_VARIABLES,
    KNOWLEDGE_RESPONSE,
    KNOWLEDGE_VARIABLES,
    RETRIEVAL_DELIMITER,
    UTTER_PREFIX,
    VERIFICATION_RESPONSES,
    VERIFICATION_VARIABLES,
)
from kefu.project.problems import Place, Report, suggestion
from kefu.project.project import Project

__all__ = ["check_responses", "names_in_policies"]

_VARIABLE: Final = re.compile(r"\{([^{}\n\"':,\[\]]+)\}")
_PAYLOAD: Final = re.compile(r"^/([^{@\s]+)")
_KNOWN_VARIABLES: Final = frozenset(("intent", "original_intent"))
"""Variables of the default questions of two-stage fallback."""


def check_responses(project: Project, in_code: Collection[str], report: Report) -> None:
    """Report names in responses that the domain lacks.

    Args:
        project: The project.
        in_code: Responses that actions use; the values of their variables may come from there.
        report: Takes the problems.
    """
    domain = project.domain
    given: dict[str, Collection[str]] = dict.fromkeys(
        (*HANDOFF_RESPONSES, *names_in_policies(project)), HANDOFF_VARIABLES
    )
    given |= dict.fromkeys(VERIFICATION_RESPONSES, VERIFICATION_VARIABLES)
    given[KNOWLEDGE_RESPONSE] = KNOWLEDGE_VARIABLES
    for name, variations in domain.responses.items():
        for index, variation in enumerate(variations):
            place = project.places.of_part("responses", name, index)
            _check_buttons(name, variation, place, domain, report)
            _check_conditions(name, variation, place, domain, report)
            if name not in in_code:
                variables = given.get(name, ())
                _check_variables(name, variation, place, domain, report, given=variables)
    _check_bare_answers(project, report)


def names_in_policies(project: Project) -> frozenset[str]:
    """Return the responses that settings of policies name, such as ``when_nobody``."""
    values = [value for policy in project.config.policies for value in policy.settings.values()]
    return frozenset(v for v in values if isinstance(v, str) and v.startswith(UTTER_PREFIX))


def _check_bare_answers(project: Project, report: Report) -> None:
    """Report ``faq/ask_x`` among responses: without ``utter_`` nothing finds it."""
    for name in project.nlu.responses:
        if RETRIEVAL_DELIMITER in name and not name.startswith(UTTER_PREFIX):
            report.warning(
                "response.no-prefix",
                project.places.of_response(name),
                f"the response {name!r} answers nothing, its name lacks {UTTER_PREFIX!r}",
                f"rename it to {UTTER_PREFIX + name!r}",
            )


def _check_variables(
    name: str,
    variation: Mapping[str, Any],
    place: Place,
    domain: Domain,
    report: Report,
    *,
    given: Collection[str],
) -> None:
    known = {*domain.slots, *_KNOWN_VARIABLES, *given}
    for variable in dict.fromkeys(_variables(variation)):
        if variable not in known:
            report.note(
                "response.unknown-variable",
                place,
                f"the response {name!r} has the variable {{{variable}}}, but no slot has that name",
                suggestion(variable, known, "add the slot, or give the value in an action"),
            )


def _variables(variation: Mapping[str, Any]) -> Iterator[str]:
    for value in variation.values():
        yield from _variables_of(value)


def _variables_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if "{" in value and not value.startswith("/"):
            for match in _VARIABLE.finditer(value):
                yield match[1].strip()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _variables_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from _variables_of(item)


def _check_buttons(
    name: str, variation: Mapping[str, Any], place: Place, domain: Domain, report: Report
) -> None:
    for key in ("buttons", "quick_replies"):
        items = variation.get(key)
        for item in items if isinstance(items, list) else ():
            payload = item.get("payload") if isinstance(item, Mapping) else None
            match = _PAYLOAD.match(payload) if isinstance(payload, str) else None
            if match is None or "{" in match[1]:
                continue
            intent = match[1].partition(RETRIEVAL_DELIMITER)[0]
            if intent and intent not in domain.intents:
                report.warning(
                    "response.button-unknown-intent",
                    place,
                    f"a button of {name!r} sends the intent {intent!r}, which is not in the domain",
                    suggestion(intent, domain.intents, "add it to 'intents'"),
                )


def _check_conditions(
    name: str, variation: Mapping[str, Any], place: Place, domain: Domain, report: Report
) -> None:
    for condition in variation.get("condition") or ():
        slot = condition.get("name") if isinstance(condition, Mapping) else None
        if isinstance(slot, str) and slot not in domain.slots:
            report.warning(
                "response.condition-unknown-slot",
                place,
                f"a condition of {name!r} names the slot {slot!r}, which is not in the domain",
                suggestion(slot, domain.slots, "add it to 'slots'"),
            )
