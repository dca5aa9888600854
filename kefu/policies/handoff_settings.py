"""Settings of HandoffPolicy, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.core.domain import Domain
from kefu.core.handoff import REASONS
from kefu.core.names import UTTER_PREFIX
from kefu.project.problems import Problem, Severity, suggestion
from kefu.project.settings import ComponentConfig

__all__ = ["ANSWER", "HANDOVER", "SEND", "HandoffSettings", "handoff_problems"]

SEND = "send"
HANDOVER = "handover"
ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffSettings:
    """Settings of the policy in config.yml."""

    answer_threshold: float = 0.9
    """The bot answers by itself from this confidence on."""
    review_threshold: float = 0.7
    """An agent looks at the answer first from this one on; below, a person answers."""
    review_seconds: float = 30.0
    """How long an agent has to decide."""
    after_review_seconds: str = SEND
    """What happens then: ``send`` the answer, or ``handover``."""
    when_nobody: str = ANSWER
    """Without an agent on duty: ``answer`` as without the policy, ``handover`` all the same, or
    the name of a response that is said before handing over."""
    intents: Mapping[str, str] = field(default_factory=dict)
    """Intents that always go to a person, with the reason."""
    max_failures: int | None = 2
    """Messages in a row that were not understood, before a person takes over."""
    form_attempts: int | None = 3
    """Times in a row that a form asks for a slot, before a person takes over."""
    negative_threshold: float | None = 0.7
    """Displeasure from which a person takes over: how sure it is, by what SentimentClassifier
    learned or by words."""
    max_negative: int | None = None
    """Displeased messages in a session, however mild, before a person takes over; None: any."""
    first: Mapping[str, str] = field(default_factory=dict)
    """Reason -> action that runs right before handing over for it."""
    skills: Mapping[str, Any] = field(default_factory=dict)
    """Reason -> skills that whoever takes over needs."""
    important: Mapping[str, Any] | None = None
    """``slot`` and ``values``: customers for whom a person answers instead of a review."""


def handoff_problems(
    settings: HandoffSettings, component: ComponentConfig, domain: Domain | None
) -> list[Problem]:
    """Return what is wrong with the settings, each of which has the right type."""
    wrong = [*_wrong_numbers(settings), *_wrong_words(settings), *_wrong_important(settings)]
    problems = [
        _problem(component, "error", "config.wrong-policy-setting", message, advice)
        for message, advice in wrong
    ]
    if domain is not None:
        problems += _unknown_names(settings, component, domain)
    return problems


def _wrong_numbers(settings: HandoffSettings) -> Iterator[tuple[str, str]]:
    for name in ("answer_threshold", "review_threshold", "negative_threshold"):
        value = getattr(settings, name)
        if value is not None and not 0 <= value <= 1:
            yield f"'{name}' of HandoffPolicy is {value}", "give it a value from 0 to 1"
    if settings.review_threshold > settings.answer_threshold:
        yield (
            f"'review_threshold' of HandoffPolicy, {settings.review_threshold}, is the higher one",
            "what is between the two is reviewed: give 'answer_threshold' the higher value",
        )
    if not 1 <= settings.review_seconds <= 3600:
        yield (
            f"'review_seconds' of HandoffPolicy is {settings.review_seconds}",
            "give it a value from 1 to 3600",
        )
    for name in ("max_failures", "form_attempts", "max_negative"):
        value = getattr(settings, name)
        if value is not None and value < 1:
            yield f"'{name}' of HandoffPolicy is {value}", "give it 1 or more; null switches it off"


def _wrong_words(settings: HandoffSettings) -> Iterator[tuple[str, str]]:
    after = settings.after_review_seconds
    if after not in (SEND, HANDOVER):
        yield (
            f"'after_review_seconds' of HandoffPolicy is {after!r}",
            suggestion(after, (SEND, HANDOVER), f"write '{SEND}' or '{HANDOVER}'"),
        )
    nobody = settings.when_nobody
    if nobody not in (ANSWER, HANDOVER) and not nobody.startswith(UTTER_PREFIX):
        yield (
            f"'when_nobody' of HandoffPolicy is {nobody!r}",
            f"write '{ANSWER}', '{HANDOVER}' or the name of a response ('{UTTER_PREFIX}…')",
        )
    for intent, reason in settings.intents.items():
        if reason not in REASONS:
            yield (
                f"'intents' of HandoffPolicy gives {intent!r} the reason {reason!r}",
                suggestion(str(reason), REASONS, f"reasons are: {', '.join(REASONS)}"),
            )
    for name in ("first", "skills"):
        for reason in getattr(settings, name):
            if reason not in REASONS:
                yield (
                    f"{name!r} of HandoffPolicy names the reason {reason!r}",
                    suggestion(str(reason), REASONS, f"reasons are: {', '.join(REASONS)}"),
                )
    for reason, skills in settings.skills.items():
        if not isinstance(skills, list) or not all(isinstance(one, str) for one in skills):
            yield (
                f"'skills' of HandoffPolicy gives {reason!r} no list of names",
                f"write skills: {{{reason}: [complaints]}}",
            )


def _wrong_important(settings: HandoffSettings) -> Iterator[tuple[str, str]]:
    important = settings.important
    if important is None:
        return
    slot, values = important.get("slot"), important.get("values")
    is_right = isinstance(slot, str) and isinstance(values, list | tuple) and bool(values)
    if not is_right or set(important) != {"slot", "values"}:
        yield (
            "'important' of HandoffPolicy must have 'slot' and 'values'",
            "write important: {slot: membership, values: [gold]}",
        )


def _unknown_names(
    settings: HandoffSettings, component: ComponentConfig, domain: Domain
) -> Iterator[Problem]:
    slots = [(settings.important or {}).get("slot")]
    unknown = [name for name in settings.first.values() if not domain.is_known_action(name)]
    yield from _unknown("action", unknown, domain.custom_actions, component)
    yield from _unknown("intent", settings.intents, domain.intents, component)
    yield from _unknown("slot", [s for s in slots if isinstance(s, str)], domain.slots, component)
    if settings.when_nobody.startswith(UTTER_PREFIX):
        yield from _unknown("response", [settings.when_nobody], domain.responses, component)


def _unknown(
    what: str, names: Iterable[str], known: Iterable[str], component: ComponentConfig
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield _problem(
                component,
                "warning",
                "config.handoff-unknown-name",
                f"HandoffPolicy names the {what} {name!r}, which is not in the domain",
                suggestion(str(name), known, f"add it to the domain's {what}s, or take it out"),
            )


def _problem(
    component: ComponentConfig, severity: Severity, code: str, message: str, advice: str
) -> Problem:
    return Problem(
        place=component.place, severity=severity, code=code, message=message, advice=advice
    )
