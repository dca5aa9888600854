"""Checks desk.yml against the domain."""

from __future__ import annotations

from typing import Final

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.project.desk_options import TAGS_FACT
from kefu.project.problems import Place, Report, suggestion
from kefu.project.project import Project

__all__ = ["check_desk"]

_PROFILE: Final = "attributes."
"""What names of fields of a customer's profile begin with."""


def check_desk(project: Project, report: Report) -> None:
    """Report intents and slots that desk.yml names and the domain does not have."""
    desk, known = project.desk, _intents(project)
    for intent, demand in desk.skills.items():
        _check_intent(intent, demand.place, known, report)
    for intent, place in zip(desk.sensitive_intents, desk.sensitive_places, strict=True):
        _check_intent(intent, place, known, report)
    tiers = desk.tiers
    if tiers is None or tiers.slot.startswith(_PROFILE) or tiers.slot == TAGS_FACT:
        return
    if tiers.slot in project.domain.slots:
        return
    report.warning(
        "desk.unknown-slot",
        tiers.place,
        f"'tiers' looks at the slot {tiers.slot!r}, which the domain does not have",
        suggestion(
            tiers.slot,
            project.domain.slots,
            "add it to 'slots', or name attributes.… or customer.tags",
        ),
    )


def _intents(project: Project) -> frozenset[str]:
    """Return all intents, and those of single answers, such as ``faq/refund``."""
    answers = {intent for intent in project.places.intents if RETRIEVAL_DELIMITER in intent}
    return frozenset((*project.domain.intents, *answers))


def _check_intent(intent: str, place: Place, known: frozenset[str], report: Report) -> None:
    if intent not in known:
        report.warning(
            "desk.unknown-intent",
            place,
            f"there is no intent {intent!r}",
            suggestion(intent, sorted(known), "add it to 'intents', or remove it here"),
        )
