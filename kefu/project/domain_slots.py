"""Checks the ``slots`` and ``forms`` of a domain file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from kefu.core.slots import SLOT_TYPES
from kefu.project.declared import Declared, places_of_items
from kefu.project.problems import CONVERTER, Place, suggestion
from kefu.project.shape import Shape
from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["read_forms", "read_slots"]

COMMON: Final = (
    "type",
    "mappings",
    "initial_value",
    "influence_conversation",
    "value_reset_delay",
)
SLOT_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "float": (*COMMON, "min_value", "max_value"),
    "categorical": (*COMMON, "values"),
}
MAPPING_TYPES: Final = ("from_entity", "from_text", "from_intent", "from_trigger_intent", "custom")
NEEDED: Final = {"from_entity": "entity", "from_intent": "value", "from_trigger_intent": "value"}
MAPPING_TEXTS: Final = ("type", "entity", "role", "group", "action")
MAPPING_KEYS: Final = (*MAPPING_TEXTS, "intent", "not_intent", "value", "conditions")
FORM_KEYS: Final = ("required_slots", "ignored_intents")
CONDITION_KEYS: Final = ("active_loop", "requested_slot")
_MIGRATE: Final = f"run: {CONVERTER}"


class _Kind(NamedTuple):
    """What slots and forms differ in."""

    section: str
    word: str
    wanted: str
    listed: str
    """The option whose items have places of their own."""
    check: Callable[[Shape, str, YamlMap, Place], None]
    content: Callable[[YamlMap], dict[str, Any]]
    placeholder: Mapping[str, Any]
    """Stands for a declaration that is wrong, so that the name is known."""


def read_slots(shape: Shape, root: YamlMap) -> list[Declared]:
    """Return the slots; one whose declaration is wrong is there too, as if it were custom."""
    wanted = "a mapping with 'type' and 'mappings'"
    kind = _Kind("slots", "slot", wanted, "mappings", _check_slot, _usable, _PLACEHOLDER)
    return _read(shape, root, kind)


def read_forms(shape: Shape, root: YamlMap) -> list[Declared]:
    """Return the forms; one whose declaration is wrong is there too, without slots."""
    wanted = "a mapping with 'required_slots'"
    kind = _Kind("forms", "form", wanted, "required_slots", _check_form, plain, {})
    return _read(shape, root, kind)


def _read(shape: Shape, root: YamlMap, kind: _Kind) -> list[Declared]:
    whole = shape.document.value(root, kind.section)
    section = shape.as_map(root.get(kind.section), whole, f"'{kind.section}'")
    found: list[Declared] = []
    for name, options in (section or {}).items():
        assert section is not None
        place = shape.document.key(section, name)
        if not isinstance(name, str):
            shape.wrong(place, f"the name of a {kind.word}", "text", name)
            continue
        if not isinstance(options, YamlMap):
            at = shape.document.value(section, name)
            shape.wrong(at, f"{kind.word} {name!r}", kind.wanted, options)
            found.append(Declared(name, dict(kind.placeholder), place))
            continue
        errors = shape.report.errors
        kind.check(shape, name, options, place)
        is_sound = shape.report.errors == errors
        content = kind.content(options) if is_sound else dict(kind.placeholder)
        parts = places_of_items(shape.document, options.get(kind.listed))
        found.append(Declared(name, content, place, parts))
    return found


_PLACEHOLDER: Final[dict[str, Any]] = {
    "type": "any",
    "influence_conversation": False,
    "mappings": [{"type": "custom"}],
}


def _usable(options: YamlMap) -> dict[str, Any]:
    slot: dict[str, Any] = {
        key: value for key, value in plain(options).items() if value is not None
    }
    if slot["type"] not in SLOT_TYPES:
        slot["type"] = "any"
        slot["influence_conversation"] = False
    return slot


def _check_slot(shape: Shape, name: str, options: YamlMap, place: Place) -> None:
    slot_type = options.get("type")
    _check_type(shape, name, options, place)
    if slot_type in SLOT_TYPES:
        shape.known_keys(
            options, SLOT_KEYS.get(str(slot_type), COMMON), f"the {slot_type} slot {name!r}"
        )
    influence = options.get("influence_conversation")
    if influence is not None and not isinstance(influence, bool):
        at = shape.document.value(options, "influence_conversation")
        shape.wrong(at, f"'influence_conversation' of slot {name!r}", "true or false", influence)
    if slot_type == "any" and influence is True:
        shape.report.error(
            "domain.any-slot-influences",
            shape.document.value(options, "influence_conversation"),
            f"slot {name!r} of type any cannot influence the conversation",
            "choose another type, or write influence_conversation: false",
        )
    if slot_type == "float":
        _check_range(shape, name, options)
    if slot_type == "categorical":
        _check_values(shape, name, options)
    _check_mappings(shape, name, options, place)


def _check_type(shape: Shape, name: str, options: YamlMap, place: Place) -> None:
    slot_type = options.get("type")
    if slot_type is None:
        advice = f"write 'type: text' or one of {', '.join(SLOT_TYPES)}"
        shape.report.error("domain.no-slot-type", place, f"slot {name!r} has no type", advice)
        return
    at = shape.document.value(options, "type")
    if slot_type in SLOT_TYPES:
        return
    if slot_type == "unfeaturized":
        shape.report.error(
            "domain.format-2",
            at,
            f"slot {name!r} has the type unfeaturized of Rasa 2",
            f"write 'type: any', or another type with influence_conversation: false, or {_MIGRATE}",
        )
        return
    if isinstance(slot_type, str) and "." in slot_type:
        shape.report.warning(
            "domain.custom-slot-type",
            at,
            f"slot {name!r} has the class {slot_type}, which is not loaded; it is treated as any",
            f"choose one of {', '.join(SLOT_TYPES)}",
        )
        return
    shape.report.error(
        "domain.unknown-slot-type",
        at,
        f"slot {name!r} has the unknown type {slot_type!r}",
        suggestion(str(slot_type), SLOT_TYPES, f"possible: {', '.join(SLOT_TYPES)}"),
    )


def _check_range(shape: Shape, name: str, options: YamlMap) -> None:
    numbers: dict[str, float] = {}
    for key, default in (("min_value", 0.0), ("max_value", 1.0), ("initial_value", None)):
        value = options.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers[key] = value
        elif value is not None:
            shape.wrong(
                shape.document.value(options, key), f"{key!r} of slot {name!r}", "a number", value
            )
    low, high = numbers.get("min_value", 0.0), numbers.get("max_value", 1.0)
    if low >= high:
        shape.report.error(
            "domain.bad-range",
            shape.document.key(options, "min_value"),
            f"slot {name!r} has min_value {low:g}, which is not below its max_value {high:g}",
            "exchange them, or correct one",
        )
    elif "initial_value" in numbers and not low <= numbers["initial_value"] <= high:
        shape.report.note(
            "domain.initial-value-out-of-range",
            shape.document.value(options, "initial_value"),
            f"the initial value of slot {name!r} lies outside {low:g} to {high:g}",
            "set min_value and max_value",
        )


def _check_values(shape: Shape, name: str, options: YamlMap) -> None:
    at = shape.document.value(options, "values")
    values = shape.as_list(options.get("values"), at, f"'values' of slot {name!r}")
    if values is not None and None in values:
        shape.report.note(
            "domain.null-category",
            at,
            f"null is listed among the values of slot {name!r}; it means that the slot is not set",
            "remove it, or quote it",
        )
    if not values:
        shape.report.note(
            "domain.no-values",
            shape.document.key(options, "type"),
            f"the categorical slot {name!r} lists no values: all values look the same to the bot",
            "add 'values:' with a list, or choose another type",
        )


def _check_mappings(shape: Shape, name: str, options: YamlMap, place: Place) -> None:
    if options.get("mappings") is None:
        shape.report.error(
            "domain.no-mappings",
            place,
            f"slot {name!r} has no 'mappings', so nothing says how it is filled",
            "add 'mappings:' with for example '- type: from_text', or '- type: custom' if actions "
            f"fill it; a whole domain of Rasa 2 is converted by: {CONVERTER}",
        )
        return
    at = shape.document.value(options, "mappings")
    mappings = shape.as_list(options["mappings"], at, f"'mappings' of slot {name!r}")
    if mappings is None:
        return
    for index, item in enumerate(mappings):
        _check_mapping(shape, name, item, shape.document.item(mappings, index))


def _check_mapping(shape: Shape, name: str, mapping: Any, place: Place) -> None:
    if not isinstance(mapping, YamlMap):
        shape.wrong(place, f"a mapping of slot {name!r}", "a mapping with 'type'", mapping)
        return
    kind = mapping.get("type")
    if kind not in MAPPING_TYPES:
        shape.report.error(
            "domain.unknown-mapping",
            shape.document.value(mapping, "type"),
            f"slot {name!r} has a mapping of the unknown type {kind!r}",
            suggestion(str(kind), MAPPING_TYPES, f"possible: {', '.join(MAPPING_TYPES)}"),
        )
        return
    for key in MAPPING_TEXTS:
        shape.text_at(mapping, key, f"{key!r} of a mapping of slot {name!r}")
    for key in mapping:
        if key not in MAPPING_KEYS:
            shape.report.warning(
                "domain.unknown-mapping-key",
                shape.document.key(mapping, key),
                f"a mapping of slot {name!r} has the key {key!r}, which nothing reads",
                suggestion(str(key), MAPPING_KEYS, f"possible: {', '.join(MAPPING_KEYS)}"),
            )
    _check_conditions(shape, name, mapping)
    needed = NEEDED.get(str(kind))
    if needed is not None and mapping.get(needed) is None:
        shape.report.error(
            "domain.incomplete-mapping",
            place,
            f"the {kind} mapping of slot {name!r} needs {needed!r}",
            f"add '{needed}: …'",
        )


def _check_conditions(shape: Shape, name: str, mapping: YamlMap) -> None:
    at = shape.document.value(mapping, "conditions")
    what = f"'conditions' of a mapping of slot {name!r}"
    conditions = shape.as_list(mapping.get("conditions"), at, what)
    for index, condition in enumerate(conditions or ()):
        assert conditions is not None
        place = shape.document.item(conditions, index)
        if not isinstance(condition, YamlMap):
            shape.wrong(
                place, f"a condition of slot {name!r}", "a mapping with 'active_loop'", condition
            )
            continue
        shape.known_keys(condition, CONDITION_KEYS, f"a condition of slot {name!r}")
        for key in CONDITION_KEYS:
            shape.text_at(condition, key, f"{key!r} of a condition of slot {name!r}")


def rasa_2_parts(root: YamlMap) -> list[tuple[str, str]]:
    """Return (section, description) of what shows that a domain is written for Rasa 2."""
    slots, forms = root.get("slots"), root.get("forms")
    named_slots = slots.items() if isinstance(slots, YamlMap) else ()
    bare = [name for name, slot in named_slots if _is_rasa_2_slot(slot)]
    old_forms: list[Any] = []
    if isinstance(forms, YamlMap):
        old_forms = [
            n for n, form in forms.items() if isinstance(form, YamlMap) and _looks_like_rasa_2(form)
        ]
    elif isinstance(forms, YamlList):
        old_forms = [name for name in forms if isinstance(name, str)]
    has_sign = old_forms or any(
        isinstance(slot, YamlMap) and ("auto_fill" in slot or slot.get("type") == "unfeaturized")
        for _, slot in named_slots
    )
    says_so = str(root.get("version") or "").startswith(("1", "2"))
    found: list[tuple[str, str]] = []
    if bare and (has_sign or says_so):
        found.append(("slots", f"{_few(bare)} without 'mappings'"))
    if old_forms:
        found.append(("forms", f"{_few(old_forms)} with slot mappings inside the form"))
    return found


def _is_rasa_2_slot(slot: Any) -> bool:
    return isinstance(slot, YamlMap) and "mappings" not in slot


def _few(names: list[Any]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _check_form(shape: Shape, name: str, options: YamlMap, place: Place) -> None:
    if _looks_like_rasa_2(options):
        shape.report.error(
            "domain.format-2",
            place,
            f"form {name!r} has its slot mappings inside, as in Rasa 2",
            f"list the slots under 'required_slots', move the mappings to the slots; or {_MIGRATE}",
        )
        return
    shape.known_keys(options, FORM_KEYS, f"form {name!r}")
    _check_names(shape, options, "required_slots", f"a required slot of form {name!r}")
    _check_names(shape, options, "ignored_intents", f"an ignored intent of form {name!r}")
    if "required_slots" in options:
        return
    advice = "add 'required_slots:' with the list of slots to ask for"
    if "ignored_intents" in options:
        message = f"form {name!r} has 'ignored_intents' but no 'required_slots'"
        shape.report.error("domain.no-required-slots", place, message, advice)
    else:
        message = f"form {name!r} has no 'required_slots', so it asks for nothing and ends at once"
        shape.report.warning("domain.no-required-slots", place, message, advice)


def _check_names(shape: Shape, options: YamlMap, key: str, what: str) -> None:
    value = options.get(key)
    if key == "ignored_intents" and isinstance(value, str):
        return
    names = shape.as_list(value, shape.document.value(options, key), f"{key!r}")
    for index, name in enumerate(names or ()):
        assert names is not None
        if not isinstance(name, str):
            shape.wrong(shape.document.item(names, index), what, "text", name)


def _looks_like_rasa_2(options: YamlMap) -> bool:
    required = options.get("required_slots")
    candidates: Collection[Any] = required.values() if isinstance(required, YamlMap) else ()
    if not candidates and "required_slots" not in options:
        candidates = [value for key, value in options.items() if key != "ignored_intents"]
    return bool(candidates) and all(
        isinstance(value, YamlList) and all(isinstance(item, YamlMap) for item in value)
        for value in candidates
    )
