"""Reads NLU data that other tools exported as JSON: LUIS, wit.ai and Dialogflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kefu.project.migration.markdown_nlu import Item
from kefu.project.nlu_data import EntityAnnotation, Example

__all__ = ["read_foreign_json"]

Tell = Callable[[int, str], None]
_USERSAYS: Final = "_usersays_"
_ENTRIES: Final = "_entries_"


def read_foreign_json(path: Path, tell: Tell) -> tuple[list[Example], list[Item]] | None:
    """Return the examples of a file, and its synonyms and lookup tables; None if it has neither.

    A file of an agent's settings, as Dialogflow exports it beside the examples, has nothing.
    """
    content = json.loads(path.read_text("utf-8-sig"))
    if _USERSAYS in path.name:
        return list(_dialogflow(path, content)), []
    if _ENTRIES in path.name:
        return [], _entries(path, content)
    if not isinstance(content, dict) or not isinstance(content.get("utterances"), list):
        return None
    is_luis = "luis_schema_version" in content
    read = _luis if is_luis else _wit
    examples: list[Example] = []
    for utterance in content["utterances"]:
        example = read(utterance) if isinstance(utterance, dict) else None
        if example is None:
            tell(0, f"left out, it has no text: {json.dumps(utterance, ensure_ascii=False)[:60]}")
        else:
            examples.append(example)
    return examples, _luis_lists(content) if is_luis else []


def _example(text: Any, intent: Any, entities: Iterator[EntityAnnotation]) -> Example | None:
    if not isinstance(text, str) or not text.strip():
        return None
    found = tuple(one for one in entities if 0 <= one.start < one.end <= len(text))
    return Example(text=text, intent=str(intent) if intent else None, entities=found)


def _luis(utterance: Mapping[str, Any]) -> Example | None:
    text = str(utterance.get("text") or "")

    def entities() -> Iterator[EntityAnnotation]:
        for one in _mappings(utterance.get("entities")):
            start, end = one.get("startPos"), one.get("endPos")
            if isinstance(start, int) and isinstance(end, int):
                # LUIS names the last character, not the one behind it.
                yield _annotation(text, str(one.get("entity")), start, end + 1, one.get("role"))

    return _example(text, utterance.get("intent"), entities())


def _wit(utterance: Mapping[str, Any]) -> Example | None:
    text = str(utterance.get("text") or "")
    intent = utterance.get("intent")

    def entities() -> Iterator[EntityAnnotation]:
        for one in _mappings(utterance.get("entities")):
            start, end = one.get("start"), one.get("end")
            if isinstance(start, int) and isinstance(end, int):
                name, _, role = str(one.get("entity")).partition(":")
                yield _annotation(text, name, start, end, role if role != name else None)

    return _example(text, intent, entities())


def _annotation(text: str, name: str, start: int, end: int, role: Any) -> EntityAnnotation:
    return EntityAnnotation(
        entity=name,
        value=text[start:end],
        start=start,
        end=end,
        role=str(role) if role else None,
    )


def _luis_lists(content: Mapping[str, Any]) -> list[Item]:
    items: list[Item] = []
    for one in _mappings(content.get("closedLists")):
        items += _synonyms(
            str(one.get("name")), _mappings(one.get("subLists")), "canonicalForm", "list"
        )
    for one in _mappings(content.get("regex_entities")):
        if one.get("regexPattern"):
            items.append(Item("regex", str(one.get("name")), [str(one["regexPattern"])]))
    return items


def _dialogflow(path: Path, content: Any) -> Iterator[Example]:
    """Yield the phrases of an intent; its name is that of the file."""
    intent = path.name.partition(_USERSAYS)[0]
    for phrase in _mappings(content):
        text = ""
        entities: list[EntityAnnotation] = []
        for part in _mappings(phrase.get("data")):
            words = str(part.get("text") or "")
            name = part.get("alias") or str(part.get("meta") or "").lstrip("@").replace(".", "_")
            if name and words.strip():
                start = len(text)
                entities.append(
                    EntityAnnotation(
                        entity=str(name), value=words, start=start, end=start + len(words)
                    )
                )
            text += words
        if text.strip():
            yield Example(text=text, intent=intent, entities=tuple(entities))


def _entries(path: Path, content: Any) -> list[Item]:
    return _synonyms(path.name.partition(_ENTRIES)[0], _mappings(content), "value", "synonyms")


def _synonyms(
    name: str, entries: Iterator[Mapping[str, Any]], value_key: str, variants_key: str
) -> list[Item]:
    """Return a lookup table of all words, and a synonym for each value that has others."""
    lookup = Item("lookup", name)
    items = [lookup]
    for entry in entries:
        value = str(entry.get(value_key) or "")
        variants = [str(one) for one in entry.get(variants_key) or () if str(one) != value]
        if value:
            lookup.lines += [value, *variants]
            if variants:
                items.append(Item("synonym", value, variants))
    return items if lookup.lines else []


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield item
