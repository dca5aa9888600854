"""Writes entity annotations the way :mod:`kefu.project.annotations` reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from kefu.errors import EditRefused
from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.nlu_data import EntityAnnotation

__all__ = ["annotated"]

_BRACKET: Final = re.compile(r"[\[\]]")
_SHORT: Final = re.compile(r"[^\s:()\[\]{}]+")


def annotated(text: str, entities: Iterable[EntityAnnotation] = ()) -> str:
    r"""Return a sentence with its annotations; brackets that annotate nothing become ``\[``.

    Args:
        text: What somebody wrote, as it is.
        entities: What to mark in it; several may mark the same characters, but not overlap.

    Raises:
        EditRefused: The entities overlap, or one of them cannot be written.
    """
    groups: dict[tuple[int, int], list[EntityAnnotation]] = {}
    for entity in sorted(entities, key=lambda one: (one.start, one.end)):
        groups.setdefault((entity.start, entity.end), []).append(entity)
    parts: list[str] = []
    at = 0
    for (start, end), marked in groups.items():
        if start < at or not start < end <= len(text):
            raise EditRefused(f"the entities of {text!r} overlap, or reach beyond its end")
        parts += (_escaped(text[at:start]), f"[{_escaped(text[start:end])}]")
        parts.append(_marks(text[start:end], marked))
        at = end
    source = "".join((*parts, _escaped(text[at:])))
    wanted = tuple(entity for marked in groups.values() for entity in marked)
    try:
        found = read_annotations(source)
    except AnnotationError as error:
        raise EditRefused(f"the entities of {text!r} cannot be written: {error.message}") from error
    if found.text != text or found.entities != wanted:
        raise EditRefused(f"the entities of {text!r} cannot be written as annotations")
    return source


def _escaped(text: str) -> str:
    return _BRACKET.sub(lambda match: f"\\{match[0]}", text)


def _marks(text: str, entities: list[EntityAnnotation]) -> str:
    if len(entities) > 1:
        return f"[{', '.join(_attributes(text, one) for one in entities)}]"
    (entity,) = entities
    is_short = entity.role is None and entity.group is None and entity.value == text
    if is_short and _SHORT.fullmatch(entity.entity):
        return f"({entity.entity})"
    return _attributes(text, entity)


def _attributes(text: str, entity: EntityAnnotation) -> str:
    given = {"entity": entity.entity, "role": entity.role, "group": entity.group}
    if entity.value != text:
        given["value"] = entity.value
    shown = {key: value for key, value in given.items() if value is not None}
    return json.dumps(shown, ensure_ascii=False)
