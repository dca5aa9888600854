"""The schema of domain files; its ``responses`` stand in training data as well."""

from __future__ import annotations

from typing import Any

from kefu.core.slots import SLOT_TYPES
from kefu.project import domain_file, domain_slots, responses
from kefu.project.schema.names import ProjectNames
from kefu.project.schema.parts import (
    ANYTHING,
    MAPPING,
    TEXT,
    TEXTS,
    Schema,
    choice,
    closed,
    list_of,
    map_of,
    named,
    open_,
    section,
    version,
)

__all__ = ["domain_schema", "responses_schema"]

_BOOLEAN: Schema = {"type": ["boolean", "null"]}
_GIVEN: Schema = {"not": {"type": "null"}}


def domain_schema(names: ProjectNames) -> Schema:
    """Return what a domain file may have."""
    minutes = {"type": ["number", "null"], "minimum": 0}
    session = open_(
        domain_file.SESSION_KEYS,
        {"session_expiration_time": minutes, "carry_over_slots_to_new_session": _BOOLEAN},
    )
    config = open_(("store_entities_as_slots",), {"store_entities_as_slots": _BOOLEAN})
    return open_(
        domain_file.KNOWN_KEYS,
        {
            "version": version(),
            "intents": list_of(_item(open_(domain_file.INTENT_KEYS, _entities(names)))),
            "entities": list_of(_item(open_(domain_file.ENTITY_KEYS))),
            "actions": list_of(
                _item(closed(("send_domain",), {"send_domain": {"type": "boolean"}}))
            ),
            "slots": map_of(_slot(names)),
            "forms": map_of(_form(names)),
            "responses": responses_schema(names),
            "e2e_actions": list_of(ANYTHING),
            "session_config": section(session),
            "config": section(config),
        },
    )


def responses_schema(names: ProjectNames) -> Schema:
    """Return the section ``responses``."""
    of: dict[str, Schema] = dict.fromkeys(responses.TEXTS, TEXT)
    button = {"type": "object", "properties": {"title": TEXT, "payload": _payload(names)}}
    of |= {key: list_of(button) for key in responses.MAPS_IN_LIST}
    of["elements"] = list_of({"type": "object"})
    slot = named(names.slots, also=("string", "number", "boolean", "null", "object", "array"))
    condition = closed(responses.CONDITION_KEYS, {"type": _any_or("slot"), "name": slot})
    of |= {"custom": MAPPING, "attachment": MAPPING, "condition": list_of(condition)}
    variation = closed(responses.VARIATION_KEYS, of)
    variation["anyOf"] = [
        {"required": ["text"], "properties": {"text": {"type": "string"}}},
        {"required": ["custom"], "properties": {"custom": {"type": "object", "minProperties": 1}}},
    ]
    return map_of({"type": "array", "items": variation}, names.responses)


def _any_or(value: Any) -> Schema:
    return {"anyOf": [{"const": value}, ANYTHING]}


def _payload(names: ProjectNames) -> Schema:
    return named((f"/{name}" for name in names.intents), also=("string", "null"))


def _item(options: Schema) -> Schema:
    """Return a name, or a name with options below it."""
    with_options = {**options, "minProperties": 1}
    item = {"type": "object", "minProperties": 1, "additionalProperties": with_options}
    return {"anyOf": [{"type": "string"}, item]}


def _entities(names: ProjectNames) -> dict[str, Schema]:
    entities = {"anyOf": [list_of(named(names.entities, also=_SCALARS)), ANYTHING]}
    return {"use_entities": entities, "ignore_entities": entities}


_SCALARS = ("string", "number", "boolean", "null")


def _slot(names: ProjectNames) -> Schema:
    types = {"anyOf": [choice(*SLOT_TYPES), {"type": "string", "pattern": r"\."}]}
    of: dict[str, Schema] = {
        "type": types,
        "mappings": {"type": "array", "items": _mapping(names)},
        "influence_conversation": _BOOLEAN,
        "min_value": ANYTHING,
        "max_value": ANYTHING,
        "values": ANYTHING,
    }
    every = {key for keys in domain_slots.SLOT_KEYS.values() for key in keys}
    slot = open_(sorted(every | {*domain_slots.COMMON}), of)
    number = {"type": ["number", "null"]}
    more: dict[str, Schema] = {
        "any": {"influence_conversation": {"not": {"const": True}}},
        "float": dict.fromkeys(("min_value", "max_value", "initial_value"), number),
        "categorical": {"values": {"type": ["array", "null"]}},
    }
    rules = [
        {
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {
                "propertyNames": {"enum": [*domain_slots.SLOT_KEYS.get(kind, domain_slots.COMMON)]},
                "properties": more.get(kind, {}),
            },
        }
        for kind in SLOT_TYPES
    ]
    return {**slot, "required": ["type", "mappings"], "allOf": rules}


def _mapping(names: ProjectNames) -> Schema:
    intents = {"anyOf": [named(names.intents), list_of(named(names.intents)), ANYTHING]}
    condition = closed(
        domain_slots.CONDITION_KEYS,
        {
            "active_loop": named(names.forms, also=("string", "null")),
            "requested_slot": named(names.slots, also=("string", "null")),
        },
    )
    of: dict[str, Schema] = dict.fromkeys(domain_slots.MAPPING_TEXTS, TEXT)
    of |= {
        "type": choice(*domain_slots.MAPPING_TYPES),
        "entity": named(names.entities, also=("string", "null")),
        "action": named(names.actions, also=("string", "null")),
        "intent": intents,
        "not_intent": intents,
        "conditions": list_of(condition),
    }
    mapping = open_(domain_slots.MAPPING_KEYS, of)
    needed = [
        {
            "if": {"properties": {"type": {"const": kind}}},
            "then": {"required": [key], "properties": {key: _GIVEN}},
        }
        for kind, key in domain_slots.NEEDED.items()
    ]
    return {**mapping, "required": ["type"], "allOf": needed}


def _form(names: ProjectNames) -> Schema:
    intents = named(names.intents)
    form = closed(
        domain_slots.FORM_KEYS,
        {
            "required_slots": list_of(named(names.slots)),
            "ignored_intents": {"anyOf": [intents, {**TEXTS, "items": intents}]},
        },
    )
    return {**form, "dependencies": {"ignored_intents": ["required_slots"]}}
