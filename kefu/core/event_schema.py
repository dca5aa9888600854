"""What an event's JSON must look like, for events that come from outside.

Decoding trusts types, because it also reads the log; what arrives by HTTP or from a custom action
is checked here first: one event of a wrong type in a log would break its conversation for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any

from kefu.errors import EventError

__all__ = ["check_event"]

Types = tuple[type, ...]

TEXT: Types = (str,)
TEXT_OR_NULL: Types = (str, NoneType)
NUMBER_OR_NULL: Types = (int, float, NoneType)
FLAG_OR_NULL: Types = (bool, NoneType)
OBJECT_OR_NULL: Types = (dict, NoneType)
LIST_OR_NULL: Types = (list, NoneType)
ENTITIES: Types = (list, dict, NoneType)

COMMON: Mapping[str, Types] = {"timestamp": NUMBER_OR_NULL, "metadata": OBJECT_OR_NULL}
DECIDED: Mapping[str, Types] = {"policy": TEXT_OR_NULL, "confidence": NUMBER_OR_NULL}

FIELDS: Mapping[str, Mapping[str, Types]] = {
    "user": {
        "text": TEXT_OR_NULL,
        "parse_data": OBJECT_OR_NULL,
        "intent": OBJECT_OR_NULL,
        "entities": LIST_OR_NULL,
        "input_channel": TEXT_OR_NULL,
        "message_id": TEXT_OR_NULL,
    },
    "bot": {"text": TEXT_OR_NULL, "data": OBJECT_OR_NULL},
    "agent": {"text": TEXT_OR_NULL, "data": OBJECT_OR_NULL},
    "action": {
        "name": TEXT_OR_NULL,
        "action_text": TEXT_OR_NULL,
        "hide_rule_turn": FLAG_OR_NULL,
        **DECIDED,
    },
    "action_execution_rejected": {"name": TEXT, **DECIDED},
    "slot": {"name": TEXT},
    "entities": {"entities": (list,)},
    "active_loop": {"name": TEXT_OR_NULL},
    "form": {"name": TEXT_OR_NULL},
    "followup": {"name": TEXT},
    "reminder": {
        "intent": TEXT,
        "date_time": TEXT,
        "name": TEXT_OR_NULL,
        "entities": ENTITIES,
        "kill_on_user_msg": FLAG_OR_NULL,
    },
    "cancel_reminder": {"name": TEXT_OR_NULL, "intent": TEXT_OR_NULL, "entities": ENTITIES},
    "loop_interrupted": {"is_interrupted": FLAG_OR_NULL},
    "form_validation": {"validate": FLAG_OR_NULL},
    "user_featurization": {"use_text_for_featurization": FLAG_OR_NULL},
    "export": {"path": TEXT_OR_NULL},
}
"""Fields of each kind of event; a kind without any is not listed."""

INTENT: Mapping[str, Types] = {"name": TEXT_OR_NULL, "confidence": NUMBER_OR_NULL}
ENTITY: Mapping[str, Types] = {"entity": TEXT, "role": TEXT_OR_NULL, "group": TEXT_OR_NULL}

NAMES: Mapping[type, str] = {
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    NoneType: "null",
}


def check_event(raw: Any) -> None:
    """Check the types of an event's fields; whether they are all there is for decoding to say.

    Raises:
        EventError: A field has a type that it cannot have.
    """
    if not isinstance(raw, Mapping):
        raise EventError(f"an event must be a JSON object, not {_name_of(raw)}")
    kind = raw.get("event")
    if not isinstance(kind, str):
        return
    where = f"event of type {kind!r}: "
    _check_fields(raw, {**COMMON, **FIELDS.get(kind, {})}, where)
    if kind == "user":
        _check_understanding(raw, where)
        _check_understanding(raw.get("parse_data") or {}, f"{where}parse_data: ")
    if kind == "entities":
        _check_entities(raw.get("entities"), where)


def _check_understanding(raw: Mapping[str, Any], where: str) -> None:
    _check_fields(raw, {"intent": OBJECT_OR_NULL, "entities": LIST_OR_NULL}, where)
    _check_fields(raw.get("intent") or {}, INTENT, f"{where}intent: ")
    _check_entities(raw.get("entities"), where)


def _check_entities(entities: Any, where: str) -> None:
    for entity in entities or ():
        if not isinstance(entity, dict) or "entity" not in entity:
            raise EventError(f"{where}an entity must be an object with the key 'entity'")
        _check_fields(entity, ENTITY, f"{where}entity: ")


def _check_fields(raw: Mapping[str, Any], fields: Mapping[str, Types], where: str) -> None:
    for name, types in fields.items():
        if name not in raw:
            continue
        value = raw[name]
        is_flag = isinstance(value, bool) and bool not in types
        if is_flag or not isinstance(value, types):
            wanted = " or ".join(dict.fromkeys(NAMES[kind] for kind in types))
            raise EventError(f"{where}{name!r} must be {wanted}, not {_name_of(value)}")


def _name_of(value: Any) -> str:
    return NAMES.get(type(value), type(value).__name__)
