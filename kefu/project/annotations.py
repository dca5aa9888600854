"""Reads the entity annotations of a sentence: ``[大号](size)``, ``[SF]{"entity": "courier"}``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kefu.project.nlu_data import EntityAnnotation
from kefu.project.problems import suggestion

__all__ = ["AnnotatedText", "AnnotationError", "plain_stretches", "read_annotations"]

_ANNOTATION: Final = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)"
    r"|\{(?P<attributes>[^}]+?)\}"
    r"|\[(?P<several>.*?)\])"
)
_ATTRIBUTES: Final = re.compile(r"\{([^}]+?)\}")
_LINK: Final = re.compile(r"(?:https?|ftp|wss?)$", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([\[\]])")
# YAML text cannot contain these, so they can stand for escaped brackets while matching.
_OPEN, _CLOSE = "\x00", "\x01"
_SHOW: Final = str.maketrans({_OPEN: "[", _CLOSE: "]"})
_KNOWN: Final = ("entity", "role", "group", "value")


class AnnotationError(ValueError):
    """Raised for an annotation that cannot be read; ``column`` counts from 0 in the sentence."""

    def __init__(self, column: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.advice = advice


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """A sentence without its annotations, and the entities they mark."""

    text: str
    entities: tuple[EntityAnnotation, ...] = ()
    nested_at: int = -1
    """Where an annotation stands inside another one, which cannot be read as meant; -1: nowhere."""


def read_annotations(source: str) -> AnnotatedText:
    r"""Take the annotations out of a sentence.

    ``\[`` and ``\]`` stand for brackets that annotate nothing, and a link such as
    ``[文字](https://…)`` stays as it is.

    Raises:
        AnnotationError: An annotation names no entity or is not valid JSON.
    """
    if "[" not in source:
        return AnnotatedText(source if "\\" not in source else _ESCAPED.sub(r"\1", source))
    has_escapes = "\\" in source
    hidden = _hide_escapes(source) if has_escapes else source
    parts: list[str] = []
    entities: list[EntityAnnotation] = []
    length = end = 0
    nested_at = -1
    for match in _ANNOTATION.finditer(hidden):
        if _is_link(match):
            continue
        before, marked = hidden[end : match.start()], match["text"]
        if has_escapes:
            marked = marked.translate(_SHOW)
        parts += (before, marked)
        start = length + len(before)
        length = start + len(marked)
        end = match.end()
        if "[" in match["text"] and nested_at < 0:
            nested_at = match.start()
        entities += _entities(match, marked, start)
    parts.append(hidden[end:])
    text = "".join(parts)
    return AnnotatedText(text.translate(_SHOW) if has_escapes else text, tuple(entities), nested_at)


def plain_stretches(source: str) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of a sentence outside its annotations, that stand there as they read.

    Each is (start in the text, end in the text, start in the source); a stretch ends where an
    escaped bracket makes the two differ.
    """
    hidden = _hide_escapes(source)
    text_at = end = skipped = 0
    for match in (*_ANNOTATION.finditer(hidden), None):
        stop = match.start() if match else len(hidden)
        for piece in re.split(f"([{_OPEN}{_CLOSE}])", hidden[end:stop]):
            if piece in {_OPEN, _CLOSE}:
                skipped += 1
            elif piece:
                yield text_at, text_at + len(piece), end + skipped
            text_at += len(piece)
            end += len(piece)
        if match and not _is_link(match):
            text_at += len(match["text"])
            end = match.end()
            skipped += sum(match[0].count(char) for char in (_OPEN, _CLOSE))


def _is_link(match: re.Match[str]) -> bool:
    entity = match["entity"]
    return bool(entity and _LINK.match(entity) and (match["value"] or "").startswith("//"))


def _hide_escapes(source: str) -> str:
    return _ESCAPED.sub(lambda match: _OPEN if match[1] == "[" else _CLOSE, source)


def _entities(match: re.Match[str], text: str, start: int) -> list[EntityAnnotation]:
    name = match["entity"]
    if name is not None:
        value = (match["value"] or text).translate(_SHOW)
        return [EntityAnnotation(entity=name, value=value, start=start, end=start + len(text))]
    if match["attributes"] is not None:
        return [_entity(match["attributes"], text, start, match.start())]
    return [
        _entity(inner[1], text, start, match.start())
        for inner in _ATTRIBUTES.finditer(match["several"])
    ]


def _entity(attributes: str, text: str, start: int, column: int) -> EntityAnnotation:
    source = "{" + attributes.translate(_SHOW) + "}"
    try:
        given: Mapping[str, Any] = json.loads(source)
    except ValueError as error:
        reason = getattr(error, "msg", str(error))
        advice = 'write for example [北京]{"entity": "city", "role": "from"}'
        if source.count('"') % 2:
            advice += "; a value cannot contain }"
        raise AnnotationError(
            column, f"the annotation {source} is not valid JSON ({reason})", advice
        ) from None
    _check_attributes(given, source, column)
    return EntityAnnotation(
        entity=given["entity"],
        value=_as_text(given.get("value", text)),
        start=start,
        end=start + len(text),
        role=given.get("role"),
        group=given.get("group"),
    )


def _as_text(value: str | float) -> str:
    return value if isinstance(value, str) else str(value)


def _check_attributes(given: Mapping[str, Any], source: str, column: int) -> None:
    if "entity" not in given:
        advice = 'add "entity": "name"'
        for key in given:
            advice = suggestion(key, ["entity"], advice)
        raise AnnotationError(column, f"the annotation {source} has no 'entity'", advice)
    for key in _KNOWN:
        value = given.get(key, "")
        numeric = key == "value" and isinstance(value, int | float) and not isinstance(value, bool)
        if not isinstance(value, str) and not numeric:
            raise AnnotationError(
                column,
                f"{key!r} of the annotation {source} must be text",
                f'write it in double quotes: "{key}": "…"',
            )
