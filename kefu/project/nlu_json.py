"""Reads NLU data in Rasa's former JSON format, which Rasa 3 still accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.project.nlu_data import EntityAnnotation, Example, SentimentExample
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import CONVERTER, Place

__all__ = ["add_json"]

_HALF: Final = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED: Final = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_EXAMPLE_LISTS: Final = ("common_examples", "intent_examples", "entity_examples")


def add_json(path: Path, file: str, into: NluCollector) -> None:
    """Read a file whose top-level key is ``rasa_nlu_data``."""
    place = Place(file)
    content = _read(path.read_text(encoding="utf-8"), place, into)
    data = content["rasa_nlu_data"]
    if not isinstance(data, dict):
        message = "'rasa_nlu_data' must be a mapping"
        into.report.error("nlu.bad-json", place, message, f"convert the file with: {CONVERTER}")
        return
    for name in _EXAMPLE_LISTS:
        for item in _mappings(data.get(name)):
            _add_example(item, place, into)
    for item in _mappings(data.get("sentiment_examples")):
        _add_sentiment(item, place, into)
    for item in _mappings(data.get("entity_synonyms")):
        for variant in item.get("synonyms") or ():
            into.add_synonym(str(variant), str(item.get("value")), place)
    for item in _mappings(data.get("regex_features")):
        into.regexes.append((str(item.get("name")), str(item.get("pattern"))))
        into.regex_places.setdefault(str(item.get("name")), place)
    for item in _mappings(data.get("lookup_tables")):
        _add_lookup(item, path.parent, place, into)


def _read(text: str, place: Place, into: NluCollector) -> Any:
    """Return what JSON says; halves of characters, which it alone can keep, are replaced."""
    content = json.loads(text)
    plain = json.dumps(content, ensure_ascii=False) if _HALF_ESCAPED.search(text) else ""
    halves = len(_HALF.findall(plain))
    if not halves:
        return content
    into.report.warning(
        "nlu.half-character",
        place,
        f"{halves} {'escape' if halves == 1 else 'escapes'} such as \\ud83d: half a character each,"
        " read as \ufffd",
        "escape both halves, one behind the other, or save the file as UTF-8 without escapes",
    )
    return json.loads(_HALF.sub("\ufffd", plain))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item


def _add_example(item: Mapping[str, Any], place: Place, into: NluCollector) -> None:
    text = item.get("text")
    if not isinstance(text, str):
        message = f"an example has no text: {json.dumps(item, ensure_ascii=False)[:60]}"
        into.report.error("nlu.bad-json", place, message, "add its text, or delete it")
        return
    full_name = str(item.get("intent") or "")
    name, _, key = full_name.partition(RETRIEVAL_DELIMITER)
    entities: list[EntityAnnotation] = []
    for given in _mappings(item.get("entities")):
        start, end = given.get("start"), given.get("end")
        if not isinstance(start, int) or not isinstance(end, int) or not given.get("entity"):
            message = f"an entity of the example {text!r} has no name, start or end"
            into.report.error("nlu.bad-json", place, message, "add what is missing")
            continue
        value = str(given.get("value", text[start:end]))
        entities.append(
            EntityAnnotation(
                entity=str(given["entity"]),
                value=value,
                start=start,
                end=end,
                role=given.get("role"),
                group=given.get("group"),
            )
        )
        if text[start:end] != value:
            into.add_synonym(text[start:end], value, place)
    if full_name:
        into.intent_places.setdefault(full_name, place)
    into.keep(
        Example(
            text=text,
            intent=name or None,
            response_key=key or None,
            entities=tuple(entities),
            place=place,
        )
    )


def _add_sentiment(item: Mapping[str, Any], place: Place, into: NluCollector) -> None:
    text, name = item.get("text"), item.get("sentiment")
    if isinstance(text, str) and isinstance(name, str) and name:
        into.keep_sentiment(SentimentExample(text=text, sentiment=name, place=place))
        return
    shown = json.dumps(item, ensure_ascii=False)[:60]
    message = f"an example of a sentiment has no text or no sentiment: {shown}"
    into.report.error("nlu.bad-json", place, message, "add what is missing, or delete it")


def _add_lookup(item: Mapping[str, Any], folder: Path, place: Place, into: NluCollector) -> None:
    name, elements = str(item.get("name")), item.get("elements")
    if isinstance(elements, str):
        source = next((p for p in (Path(elements), folder / elements) if p.is_file()), None)
        if source is None:
            message = (
                f"the lookup table {name!r} refers to the file {elements!r}, which does not exist"
            )
            tell = into.report.error if into.uses_regexes else into.report.warning
            tell("nlu.no-lookup-file", place, message, "correct the path")
            return
        elements = source.read_text(encoding="utf-8").splitlines()
    words = [str(word).strip() for word in elements or () if str(word).strip()]
    into.lookups.setdefault(name, []).extend(words)
    into.lookup_places.setdefault(name, place)
