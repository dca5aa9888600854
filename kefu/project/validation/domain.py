"""Checks what the domain says of intents and slots against its other sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kefu.core.domain import Domain
from kefu.core.names import REQUESTED_SLOT, UTTER_PREFIX
from kefu.core.slots import Slot
from kefu.project.problems import Place, Report, suggestion
from kefu.project.project import Project

__all__ = ["check_domain"]


def check_domain(project: Project, report: Report) -> None:
    """Report names that one section of the domain uses and another one lacks."""
    domain = project.domain
    for item in domain.data.get("intents") or ():
        if isinstance(item, Mapping):
            ((name, options),) = item.items()
            place = project.places.of("intents", name)
            _check_intent(name, options or {}, place, domain, report)
    for slot in domain.slots.values():
        place = project.places.of("slots", slot.name)
        for index, mapping in enumerate(slot.mappings):
            at = project.places.of_part("slots", slot.name, index)
            _check_mapping(slot, mapping, at, domain, report)
        if slot.type == "categorical":
            _check_initial_value(slot, place, report)
    for name in domain.custom_actions:
        place = project.places.of("actions", name)
        is_answer = name.removeprefix(UTTER_PREFIX) in domain.retrieval_intents
        if name.startswith(UTTER_PREFIX) and name not in domain.responses and not is_answer:
            report.note(
                "domain.action-without-response",
                place,
                f"the action {name!r} has no response of that name",
                suggestion(name, domain.responses, "add it to 'responses', or delete the action"),
            )


def _check_intent(
    name: str, options: Mapping[str, Any], place: Place, domain: Domain, report: Report
) -> None:
    labels = {label for entity in domain.entities.values() for label in entity.labels}
    for key in ("use_entities", "ignore_entities"):
        given = options.get(key)
        for entity in given if isinstance(given, list) else ():
            if isinstance(entity, str) and entity not in labels:
                report.note(
                    "domain.unknown-entity",
                    place,
                    f"{key!r} of intent {name!r} names the unknown entity {entity!r}",
                    suggestion(entity, domain.entities, "add it to 'entities'"),
                )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _check_mapping(
    slot: Slot, mapping: Mapping[str, Any], place: Place, domain: Domain, report: Report
) -> None:
    for key in ("intent", "not_intent"):
        for intent in _as_list(mapping.get(key)):
            if isinstance(intent, str) and intent not in domain.intents:
                # Excluding what never comes is harmless.
                tell = report.warning if key == "intent" else report.note
                tell(
                    "domain.mapping-unknown-intent",
                    place,
                    f"a mapping of slot {slot.name!r} names the intent {intent!r}, "
                    "which is not in the domain",
                    suggestion(intent, domain.intents, "add it to 'intents'"),
                )
    _check_entity(slot, mapping, place, domain, report)
    action = mapping.get("action")
    if isinstance(action, str) and not domain.is_known_action(action):
        report.warning(
            "domain.mapping-unknown-action",
            place,
            f"a mapping of slot {slot.name!r} names the unknown action {action!r}",
            suggestion(action, domain.custom_actions, "add it to 'actions'"),
        )
    _check_conditions(slot, mapping, place, domain, report)


def _check_entity(
    slot: Slot, mapping: Mapping[str, Any], place: Place, domain: Domain, report: Report
) -> None:
    name = mapping.get("entity")
    if mapping.get("type") != "from_entity" or not isinstance(name, str):
        return
    entity = domain.entities.get(name)
    if entity is None:
        report.warning(
            "domain.mapping-unknown-entity",
            place,
            f"slot {slot.name!r} is filled from the entity {name!r}, which is not in the domain",
            suggestion(name, domain.entities, "add it to 'entities'"),
        )
        return
    for key, declared in (("role", entity.roles), ("group", entity.groups)):
        part = mapping.get(key)
        if isinstance(part, str) and part not in declared:
            report.note(
                "domain.mapping-unknown-role-or-group",
                place,
                f"slot {slot.name!r} is filled from the {key} {part!r} of entity {name!r}, "
                "which the domain does not declare",
                suggestion(part, declared, f"add it to '{key}s' of the entity"),
            )


def _check_conditions(
    slot: Slot, mapping: Mapping[str, Any], place: Place, domain: Domain, report: Report
) -> None:
    for condition in _conditions(mapping):
        loop = condition.get("active_loop")
        if loop is None:
            continue
        form = domain.forms.get(loop)
        if form is None:
            report.error(
                "domain.condition-unknown-form",
                place,
                f"a mapping of slot {slot.name!r} has a condition for the form {loop!r}, "
                "which is not in the domain",
                suggestion(str(loop), domain.forms, "add it to 'forms'"),
            )
        elif (
            form.required_slots
            and slot.name not in form.required_slots
            and mapping.get("type") != "from_trigger_intent"
        ):
            report.error(
                "domain.condition-slot-not-in-form",
                place,
                f"a mapping of slot {slot.name!r} has a condition for the form {loop!r}, "
                "which does not ask for that slot",
                f"add {slot.name!r} to 'required_slots' of the form, or delete the condition",
            )
        _check_requested(slot, condition.get("requested_slot"), place, domain, report)


def _conditions(mapping: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    given = mapping.get("conditions")
    return [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []


def _check_requested(
    slot: Slot, requested: Any, place: Place, domain: Domain, report: Report
) -> None:
    if isinstance(requested, str) and requested not in domain.slots:
        known = [name for name in domain.slots if name != REQUESTED_SLOT]
        report.warning(
            "domain.condition-unknown-slot",
            place,
            f"a mapping of slot {slot.name!r} has a condition for the unknown slot {requested!r}",
            suggestion(requested, known, "add it to 'slots'"),
        )


def _check_initial_value(slot: Slot, place: Place, report: Report) -> None:
    value = slot.initial_value
    if value is not None and str(value).lower() not in slot.values:
        report.note(
            "domain.initial-value-not-listed",
            place,
            f"the initial value {value!r} of slot {slot.name!r} is not among its values",
            suggestion(str(value), slot.values[:-1], "add it to 'values'"),
        )
