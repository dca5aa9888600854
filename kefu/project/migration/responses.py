"""Rewrites the responses of a domain, or of a file of answers, as Rasa 3 has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kefu.project.editing.source import TextEdit
from kefu.project.migration.changes import YamlFile
from kefu.project.problems import Place
from kefu.project.yaml import YamlMap, plain

__all__ = ["migrate_responses", "with_texts"]

_TEXTS: Final = ("title", "payload")
"""What must be text in a button."""
_BARE: Final = re.compile(r"[^\s,\]}#]+")


def migrate_responses(file: YamlFile, section: YamlMap) -> None:
    """Decide the edits of a section of responses."""
    for name in section:
        _response(file, section, name)


def _response(file: YamlFile, section: YamlMap, name: Any) -> None:
    variations = section[name]
    place = file.document.key(section, name)
    new_name = None
    if isinstance(name, str) and name.startswith("respond_"):
        new_name = f"utter_{name.removeprefix('respond_')}"
    old = plain(variations)
    if _in_mappings({name: old})[name] != old:
        file.change(
            place.line,
            f"response {str(name)!r}: wrote its texts behind 'text:'",
            [file.blocks.rewrite_entry(section, name, with_texts({name: old})[name], new_name)],
        )
        return
    if new_name:
        edit = file.blocks.rename(place.line, place.column, name, new_name)
        file.change(place.line, f"response {name} -> {new_name}", [edit])
    for line, told, edit in _quoted_buttons(file, variations):
        file.change(line, f"button of {str(name)!r}: {told}", [edit])


def _quoted_buttons(file: YamlFile, variations: Any) -> Iterator[tuple[int, str, TextEdit]]:
    """Yield what puts numbers of buttons in quotes, which Rasa 1 took for texts."""
    for button in _buttons(variations):
        for key in _TEXTS:
            if not _is_no_text(button.get(key)):
                continue
            place: Place = file.document.value(button, key)
            written = _BARE.match(file.source.line(place.line - 1)[place.column - 1 :])
            if written:
                told = f'{key} {written[0]} -> "{written[0]}"'
                edit = file.source.replacement(place, len(written[0]), f'"{written[0]}"')
                yield place.line, told, edit


def _buttons(variations: Any) -> Iterator[Any]:
    for variation in variations if isinstance(variations, list) else ():
        buttons = variation.get("buttons") if isinstance(variation, dict) else None
        for button in buttons if isinstance(buttons, list) else ():
            if isinstance(button, dict):
                yield button


def _is_no_text(value: Any) -> bool:
    return isinstance(value, int | float)


def with_texts(responses: dict[Any, Any]) -> dict[Any, Any]:
    """Return plain responses whose variations are mappings, and whose buttons have texts."""
    found = _in_mappings(responses)
    for variations in found.values():
        for button in _buttons(variations):
            button.update({key: str(button[key]) for key in _TEXTS if _is_no_text(button.get(key))})
    return found


def _in_mappings(responses: dict[Any, Any]) -> dict[Any, Any]:
    def one(variation: Any) -> Any:
        return variation if isinstance(variation, dict) else {"text": str(variation)}

    return {
        name: [
            one(item)
            for item in (value if isinstance(value, list) else [value])
            if item is not None
        ]
        if value is not None
        else []
        for name, value in responses.items()
    }
