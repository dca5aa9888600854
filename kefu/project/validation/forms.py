"""Checks forms: their slots exist, and there is a question for each."""

from __future__ import annotations

from kefu.core.domain import Domain, Form
from kefu.core.names import REQUESTED_SLOT
from kefu.project.problems import Place, Report, suggestion
from kefu.project.project import Project

__all__ = ["check_forms", "question_names"]


def check_forms(project: Project, report: Report) -> None:
    """Report slots that forms ask for and that do not exist, or for which nothing is asked."""
    domain = project.domain
    for form in domain.forms.values():
        place = project.places.of("forms", form.name)
        for intent in form.ignored_intents:
            if intent not in domain.intents:
                report.note(
                    "domain.form-unknown-intent",
                    place,
                    f"form {form.name!r} ignores the intent {intent!r}, which is not in the domain",
                    suggestion(intent, domain.intents, "add it to 'intents'"),
                )
        for index, slot in enumerate(form.required_slots):
            at = project.places.of_part("forms", form.name, index)
            _check_slot(form, slot, at, domain, report)


def _check_slot(form: Form, slot: str, place: Place, domain: Domain, report: Report) -> None:
    if slot not in domain.slots:
        known = [name for name in domain.slots if name != REQUESTED_SLOT]
        report.error(
            "domain.form-unknown-slot",
            place,
            f"form {form.name!r} asks for the slot {slot!r}, which is not in the domain",
            suggestion(slot, known, "add it to 'slots'"),
        )
        return
    if form.name in domain.custom_actions or slot == REQUESTED_SLOT:
        return
    names = question_names(form.name, slot)
    if not any(name in domain.responses or name in domain.custom_actions for name in names):
        report.warning(
            "domain.no-question",
            place,
            f"form {form.name!r} has no question for the slot {slot!r}",
            f"add the response {names[2]!r}, or the action {names[3]!r}",
        )


def question_names(form: str, slot: str) -> tuple[str, str, str, str]:
    """Return the responses and actions that can ask for a slot, in the order of their priority."""
    return (
        f"action_ask_{form}_{slot}",
        f"utter_ask_{form}_{slot}",
        f"utter_ask_{slot}",
        f"action_ask_{slot}",
    )
