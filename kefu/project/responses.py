"""Reads ``responses``, which domain files and NLU files share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kefu.core.contents import CONTENT_TYPES, content_of
from kefu.errors import EventError
from kefu.project.declared import Declared, places_of_items
from kefu.project.problems import Place, Report, nearest, suggestion
from kefu.project.shape import Shape
from kefu.project.yaml import Document, YamlList, YamlMap, plain

__all__ = ["read_responses"]

TEXTS: Final = ("id", "text", "image", "button_type", "channel")
MAPS_IN_LIST: Final = ("buttons", "quick_replies", "elements")
VARIATION_KEYS: Final = (*TEXTS, *MAPS_IN_LIST, "custom", "attachment", "metadata", "condition")
CONDITION_KEYS: Final = ("type", "name", "value")
_FIELD: Final = re.compile(r"`\$\.(\w+)")
"""Finds the field in what the check of a content says."""


def read_responses(document: Document, root: YamlMap, report: Report) -> Iterator[Declared]:
    """Yield the responses of a file, also those that are wrong, so that their names are known."""
    shape = Shape(document, report, "response")
    section = shape.as_map(root.get("responses"), document.value(root, "responses"), "'responses'")
    if section is None:
        return
    for name, variations in section.items():
        place = document.key(section, name)
        if not isinstance(name, str):
            message, advice = f"the name of a response is {name!r}, no text", "put it in quotes"
            report.warning("response.name-not-text", place, message, advice)
        if not isinstance(variations, YamlList):
            wanted = "a list of variations, for example:  - text: …"
            shape.wrong(document.value(section, name), f"response {name!r}", wanted, variations)
            yield Declared(str(name), [], place)
            continue
        for index, variation in enumerate(variations):
            _check_variation(shape, name, variation, document.item(variations, index))
        if not variations:
            report.warning(
                "response.empty", place, f"response {name!r} has no variations", "add '- text: …'"
            )
        usable = [plain(item) for item in variations if isinstance(item, YamlMap)]
        yield Declared(str(name), usable, place, places_of_items(document, variations))


def _check_variation(shape: Shape, name: str, variation: Any, place: Place) -> None:
    if not isinstance(variation, YamlMap):
        shape.wrong(
            place, f"a variation of {name!r}", "a mapping with 'text' or 'custom'", variation
        )
        return
    shape.known_keys(variation, VARIATION_KEYS, f"a variation of {name!r}")
    for key in TEXTS:
        shape.text_at(variation, key, f"{key!r} of {name!r}")
    for key in MAPS_IN_LIST:
        _check_maps(shape, name, variation, key)
    for key in ("custom", "attachment"):
        value = variation.get(key)
        if value is not None and not isinstance(value, YamlMap):
            wanted = "a mapping"
            shape.wrong(shape.document.value(variation, key), f"{key!r} of {name!r}", wanted, value)
        elif value is not None:
            _check_content(shape, f"{key!r} of {name!r}", value, shape.document.key(variation, key))
    _check_conditions(shape, name, variation)
    if variation.get("text") is None and not variation.get("custom"):
        shape.report.error(
            "response.no-text",
            place,
            f"a variation of {name!r} has neither 'text' nor 'custom'",
            "add 'text: …' with what the bot says",
        )


def _check_content(shape: Shape, what: str, node: YamlMap, place: Place) -> None:
    """Report a payload of a type of ours, or of nearly such a name, that nobody would be shown."""
    name = node.get("type")
    if not isinstance(name, str) or _has_variable(name) or "payload" in node:
        return  # a payload for programs, or of Rasa's shape of attachments
    at = shape.document.value(node, "type")
    kind = CONTENT_TYPES.get(name)
    if kind is None:
        likely = nearest(name, CONTENT_TYPES, likeness=0.75)
        if likely is not None:
            shape.report.warning(
                "response.unknown-content",
                at,
                f"{what} has the type {name!r}, which is none that customers can be shown",
                f"did you mean {likely!r}?",
            )
        return
    names = [*kind.__struct_fields__, "type"]  # type: ignore[attr-defined] # a Struct
    for key in node:
        if key not in names:
            shape.report.warning(
                "response.wrong-content",
                shape.document.key(node, key),
                f"{what}: the type {name} has no field {key!r}",
                suggestion(str(key), names, f"possible: {', '.join(names)}"),
            )
    try:
        content_of(_filled(plain(node)))
    except EventError as error:
        found = _FIELD.search(str(error))
        field = found[1] if found else None
        if field in node:
            place = shape.document.value(node, field)
        told = str(error).partition(": ")[2]
        advice = "customers would be shown nothing of it"
        shape.report.warning("response.wrong-content", place, f"{what}: {told}", advice)


def _filled(value: Any) -> Any:
    """Return ``value`` with a text that is also a number for each that slots are filled into."""
    match value:
        case str():
            return "5" if _has_variable(value) else value
        case dict():
            return {key: _filled(item) for key, item in value.items()}
        case list():
            return [_filled(item) for item in value]
        case _:
            return value


def _has_variable(text: str) -> bool:
    return "{" in text


def _check_maps(shape: Shape, name: str, variation: YamlMap, key: str) -> None:
    place = shape.document.value(variation, key)
    items = shape.as_list(variation.get(key), place, f"{key!r} of {name!r}")
    for index, item in enumerate(items or ()):
        at = shape.document.item(items, index) if items is not None else place
        if not isinstance(item, YamlMap):
            shape.wrong(at, f"an item of {key!r} of {name!r}", "a mapping", item)
            continue
        if key != "elements":
            for part in ("title", "payload"):
                shape.text_at(item, part, f"{part!r} of a button of {name!r}")


def _check_conditions(shape: Shape, name: str, variation: YamlMap) -> None:
    place = shape.document.value(variation, "condition")
    conditions = shape.as_list(variation.get("condition"), place, f"'condition' of {name!r}")
    for index, item in enumerate(conditions or ()):
        at = shape.document.item(conditions, index) if conditions is not None else place
        if not isinstance(item, YamlMap):
            shape.wrong(at, f"a condition of {name!r}", "a mapping", item)
            continue
        shape.known_keys(item, CONDITION_KEYS, f"a condition of {name!r}")
        if item.get("type") != "slot" or not isinstance(item.get("name"), str):
            shape.report.warning(
                "response.bad-condition",
                at,
                f"a condition of {name!r} does not name a slot",
                "write type: slot, name: <slot>, value: <value>",
            )
