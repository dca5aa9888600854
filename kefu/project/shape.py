"""Checks the shape of what a YAML file says: types of values, and which keys may occur."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kefu.project.problems import Place, Report, suggestion
from kefu.project.yaml import Document, YamlList, YamlMap
from kefu.project.yaml_scalars import scalar

__all__ = ["Shape", "kind_of"]

_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
    YamlList: "a list",
    YamlMap: "a mapping",
}
_FLAGS = {"true": True, "false": False}


def kind_of(value: Any) -> str:
    """Return what ``value`` is, for a message."""
    return _KINDS.get(type(value), type(value).__name__)


@dataclass(slots=True)
class Shape:
    """Checks parts of one document and reports what does not fit, with a code of ``area``."""

    document: Document
    report: Report
    area: str
    """First half of the problem codes: ``domain``, ``story``, ``nlu`` ..."""

    def wrong(self, place: Place, what: str, wanted: str, value: Any) -> None:
        """Report that ``what`` is not of the wanted kind."""
        advice = _quote_advice(value) if wanted == "text" else ""
        found = "is missing" if value is None else f"is {kind_of(value)}"
        self.report.error(
            f"{self.area}.wrong-type",
            place,
            f"{what} {found}, but it must be {wanted}",
            advice or f"write {wanted} here",
        )

    def as_map(self, value: Any, place: Place, what: str) -> YamlMap | None:
        """Return ``value`` if it is a mapping; report it otherwise, unless there is nothing."""
        if isinstance(value, YamlMap):
            return value
        if value is not None:
            self.wrong(place, what, "a mapping", value)
        return None

    def as_list(self, value: Any, place: Place, what: str) -> YamlList | None:
        """Return ``value`` if it is a list; report it otherwise, unless there is nothing."""
        if isinstance(value, YamlList):
            return value
        if value is not None:
            self.wrong(place, what, "a list", value)
        return None

    def section(self, root: YamlMap, name: str) -> YamlList | None:
        """Return the list under a top-level key."""
        return self.as_list(root.get(name), self.document.value(root, name), f"{name!r}")

    def text_at(self, node: YamlMap, key: str, what: str) -> str | None:
        """Return the text under ``key``; report it when it is there but no text."""
        value = node.get(key)
        if isinstance(value, str):
            return value
        if value is not None:
            self.wrong(self.document.value(node, key), what, "text", value)
        return None

    def flag_at(self, node: YamlMap, key: str, what: str) -> bool | None:
        """Return true or false under ``key``; report it when it is there but neither.

        Text is taken, too, if it is one of the words: what variables give is always text.
        """
        value = node.get(key)
        if isinstance(value, str) and value.lower() in _FLAGS:
            return _FLAGS[value.lower()]
        if isinstance(value, bool):
            return value
        if value is not None:
            self.wrong(self.document.value(node, key), what, "true or false", value)
        return None

    def whole_at(
        self, node: YamlMap, key: str, what: str, *, least: int = 1, most: int
    ) -> int | None:
        """Return the whole number under ``key``; report it when it is there but out of bounds."""
        value = _number(node.get(key))
        if isinstance(value, int) and least <= value <= most:
            return value
        if value is not None:
            self._wrong_number(node, key, what, f"a whole number from {least} to {most}")
        return None

    def number_at(
        self, node: YamlMap, key: str, what: str, *, least: float = 0, most: float
    ) -> float | None:
        """Return the number under ``key``, which is above 0; report it when it is there but wrong.

        Infinity and what is no number are wrong as well.
        """
        value = _number(node.get(key))
        if isinstance(value, int | float) and value > 0 and least <= value <= most:
            return float(value)
        if value is not None:
            bounds = f"from {least} to {most}" if least else f"above 0, at most {most}"
            self._wrong_number(node, key, what, f"a number {bounds}")
        return None

    def _wrong_number(self, node: YamlMap, key: str, what: str, wanted: str) -> None:
        value, place = _number(node[key]), self.document.value(node, key)
        if isinstance(value, int | float):
            message, advice = f"{what} is {value}, but it must be {wanted}", f"write {wanted} here"
            self.report.error(f"{self.area}.wrong-type", place, message, advice)
        else:
            self.wrong(place, what, wanted, node[key])

    def known_keys(self, node: YamlMap, known: Collection[str], what: str) -> None:
        """Report keys that ``what`` cannot have."""
        for key in node:
            if key not in known:
                self.report.error(
                    f"{self.area}.unknown-key",
                    self.document.key(node, key),
                    f"{what} has no key {key!r}",
                    suggestion(str(key), known, f"possible: {', '.join(known)}"),
                )


def _number(value: Any) -> Any:
    """Return a number as one, also where it is text, as values of environment variables are."""
    if isinstance(value, str) and value.strip():
        value = scalar(value.strip())
    return str(value) if isinstance(value, bool) else value


_SLOT_LIKE = re.compile(r"\w+")


def _quote_advice(value: Any) -> str:
    if isinstance(value, YamlMap) and len(value) == 1:
        (key,) = value
        if isinstance(key, str) and value[key] is None and _SLOT_LIKE.fullmatch(key):
            return f"text that starts with {{ must be quoted: '{{{key}}}…'"
    if isinstance(value, bool | int | float):
        return f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    return ""
