"""The schemas of training data and of test stories."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.core.names import ACTION_RULE_SNIPPET
from kefu.project import nlu_file, stories_file, story_steps
from kefu.project.schema.domain import responses_schema
from kefu.project.schema.names import ProjectNames
from kefu.project.schema.parts import (
    ANYTHING,
    NOTHING,
    TEXT,
    Schema,
    closed,
    list_of,
    map_of,
    named,
    open_,
    version,
)

__all__ = ["data_schema", "test_schema"]

_BOOLEAN: Schema = {"type": ["boolean", "null"]}
_STORY_ONLY = frozenset(("bot", "checkpoint"))


def data_schema(names: ProjectNames, sections: Sequence[str]) -> Schema:
    """Return what a file of training data with these sections may have."""
    every = {
        "nlu": list_of(_nlu_item(names)),
        "responses": responses_schema(names),
        "stories": _stories(names, "story", stories_file.STORY_KEYS),
        "rules": _stories(names, "rule", stories_file.RULE_KEYS),
    }
    known = {"version": version(), **{name: every[name] for name in sections}}
    return open_(known, known)


def test_schema(names: ProjectNames) -> Schema:
    """Return what a file of test stories may have."""
    slots = list_of(map_of(_slot_item(names)))
    known = {
        "version": version(),
        "stories": _stories(names, "story", stories_file.STORY_KEYS),
        "rules": _stories(names, "rule", stories_file.RULE_KEYS),
        "test_cases": _stories(names, "test_case", stories_file.TEST_CASE_KEYS),
        "fixtures": {**slots, "items": ANYTHING},
    }
    return open_(known, known)


def _nlu_item(names: ProjectNames) -> Schema:
    example = closed(("text", "metadata"), {"text": TEXT})
    listed = {"type": ["string", "array", "null"], "items": example}
    name = {
        "intent": named(names.intents, also=("string", "null")),
        "lookup": named(names.entities, also=("string", "null")),
        "regex": named(names.entities, also=("string", "null")),
    }
    kinds = {
        kind: closed(
            keys,
            {
                kind: name.get(kind, TEXT),
                "examples": listed if kind in {"intent", "sentiment"} else TEXT,
            },
        )
        for kind, keys in nlu_file.ITEM_KEYS.items()
    }
    return _first_of([((kind,), schema) for kind, schema in kinds.items()])


def _first_of(
    kinds: Sequence[tuple[Sequence[str], Schema]], otherwise: Schema | None = None
) -> Schema:
    """Return an object that is of the first kind of whose keys it has one; it must have one."""
    properties: Schema = {}
    # Nothing is right there; it is written so that editors name the wrong keys.
    every = [key for keys, schema in kinds for key in (*keys, *schema.get("properties", {}))]
    wrong = {**closed(every, {}), "required": [kinds[0][0][0]]}
    rest = wrong if otherwise is None else otherwise
    for keys, schema in reversed(kinds):
        properties = {**properties, **dict.fromkeys(schema.get("properties", {}), ANYTHING)}
        has = {"anyOf": [{"required": [key]} for key in keys]}
        rest = {"if": has, "then": schema, "else": rest}
    # The keys stand at the top as well: that is where editors look for what can be written.
    return {"type": "object", "properties": properties, **rest}


def _stories(names: ProjectNames, kind: str, keys: Sequence[str]) -> Schema:
    is_rule = kind == "rule"
    of: dict[str, Schema] = {kind: TEXT, "steps": list_of(_step(names, is_rule=is_rule))}
    if is_rule:
        conditions = [
            (("active_loop",), _closed_step(names, ("active_loop",))),
            (("slot_was_set",), _closed_step(names, ("slot_was_set",))),
        ]
        of["condition"] = list_of(_first_of(conditions))
        of["conversation_start"] = of["wait_for_user_input"] = _BOOLEAN
    return list_of(closed(keys, of))


def _step(names: ProjectNames, *, is_rule: bool) -> Schema:
    kinds: list[tuple[Sequence[str], Schema]] = []
    for keys, _, allowed in story_steps.READERS:
        schema = _closed_step(names, allowed)
        if is_rule and keys[0] in _STORY_ONLY:
            schema = NOTHING
        kinds.append((keys, schema))
    step = _first_of(kinds, {"required": ["metadata"]})
    return {"anyOf": [step, {"const": ACTION_RULE_SNIPPET}]}


def _closed_step(names: ProjectNames, allowed: Sequence[str]) -> Schema:
    text_or_nothing = ("string", "null")
    slots = list_of(_slot_item(names))
    of: dict[str, Schema] = {
        "intent": named(names.intents, also=text_or_nothing),
        "user": TEXT,
        "entities": list_of(_entity_item(names)),
        "action": named(names.actions, also=text_or_nothing),
        "bot": TEXT,
        "utter": named(names.responses, also=text_or_nothing),
        "active_loop": named(names.forms, also=text_or_nothing),
        "checkpoint": TEXT,
        "slot_was_set": slots,
        "slot_was_not_set": list_of(ANYTHING),
    }
    if "user" in allowed:
        # Without the sentence it is only the intent that tells; beside it entities go unread.
        of["entities"] = ANYTHING
        schema = closed(allowed, {key: of[key] for key in allowed if key in of})
        entities = {"properties": {"entities": list_of(_entity_item(names))}}
        return {**schema, "if": {"not": {"required": ["user"]}}, "then": entities}
    if "or" in allowed:
        alternative = _first_of(
            [
                (("intent", "user"), _closed_step(names, story_steps.USER_KEYS)),
                (("slot_was_set",), _closed_step(names, ("slot_was_set",))),
            ],
            NOTHING,
        )
        of["or"] = list_of(alternative)
    return closed(allowed, {key: of[key] for key in allowed if key in of})


def _entity_item(names: ProjectNames) -> Schema:
    return {"anyOf": [map_of(ANYTHING, names.entities) | {"type": "object"}, named(names.entities)]}


def _slot_item(names: ProjectNames) -> Schema:
    return {"anyOf": [map_of(ANYTHING, names.slots) | {"type": "object"}, named(names.slots), {}]}
