"""Whether a slot mapping applies to the latest message, and which values it gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kefu.core.domain import Domain
from kefu.core.names import REQUESTED_SLOT
from kefu.core.state import ConversationState

__all__ = ["as_list", "is_usable", "mapping_applies", "mapping_key", "mapping_values"]

Mapping_ = Mapping[str, Any]


def as_list(value: Any) -> list[Any]:
    """Return ``value`` as a list; None as an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def mapping_key(mapping: Mapping_) -> str:
    """Return a text that is equal for equal mappings."""
    return json.dumps(mapping, sort_keys=True, ensure_ascii=False)


def is_usable(mapping: Mapping_, domain: Domain) -> bool:
    """Whether the entity or intents that ``mapping`` reads exist in the domain."""
    match mapping.get("type"):
        case "from_entity":
            return mapping.get("entity") in domain.entities
        case "from_intent":
            intents = as_list(mapping.get("intent"))
            return all(intent in domain.intents for intent in intents if intent)
        case _:
            return True


def mapping_applies(mapping: Mapping_, slot: str, state: ConversationState, domain: Domain) -> bool:
    """Whether intent and conditions of ``mapping`` for ``slot`` hold now."""
    if not _intent_is_wanted(mapping, state, domain):
        return False
    conditions = mapping.get("conditions")
    if not conditions or mapping.get("type") == "from_trigger_intent":
        return True
    loop = state.active_loop
    if loop is not None and loop.rejected and state.slots.get(REQUESTED_SLOT) == slot:
        return False
    return any(_condition_holds(condition, state) for condition in conditions)


def _condition_holds(condition: Mapping_, state: ConversationState) -> bool:
    wanted, active = condition.get("active_loop"), state.active_loop_name
    if wanted is None:
        return active is None
    requested = condition.get(REQUESTED_SLOT)
    return wanted == active and (not requested or requested == state.slots.get(REQUESTED_SLOT))


def _intent_is_wanted(mapping: Mapping_, state: ConversationState, domain: Domain) -> bool:
    intent = state.latest_message.intent_name if state.latest_message else None
    wanted = as_list(mapping.get("intent"))
    if wanted:
        return intent in wanted
    unwanted = as_list(mapping.get("not_intent"))
    form = domain.forms.get(state.active_loop_name or "")
    if form is not None and form.ignored_intents and _is_for_loop(mapping, form.name):
        unwanted += form.ignored_intents
    return intent not in unwanted


def _is_for_loop(mapping: Mapping_, loop: str) -> bool:
    conditions = mapping.get("conditions")
    return not conditions or any(item.get("active_loop") == loop for item in conditions)


def mapping_values(mapping: Mapping_, state: ConversationState) -> list[Any]:
    """Return the values that ``mapping`` finds in the latest message."""
    message = state.latest_message
    match mapping.get("type"):
        case "from_entity":
            wanted = (mapping.get("entity"), mapping.get("role"), mapping.get("group"))
            return [
                entity.get("value")
                for entity in (message.entities if message else ())
                if (entity.get("entity"), entity.get("role"), entity.get("group")) == wanted
            ]
        case "from_intent":
            return [mapping.get("value")]
        case "from_trigger_intent" if _is_inside_its_loop(mapping, state):
            return [mapping.get("value")]
        case "from_text":
            return [message.text if message else None]
        case _:
            return []


def _is_inside_its_loop(mapping: Mapping_, state: ConversationState) -> bool:
    active = state.active_loop_name
    loops = [condition.get("active_loop") for condition in mapping.get("conditions") or ()]
    return active is not None and (not loops or active in loops)
