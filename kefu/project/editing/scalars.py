"""How new values are written in YAML: quoted where it must be, in blocks or in brackets."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from kefu.project.problems import Report
from kefu.project.yaml import parse

__all__ = ["block", "flow", "one_line", "render", "written"]

_SEPARATORS: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]+"
)
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def one_line(text: str) -> str:
    """Return a text without what cannot stand in a line of a file: line ends become spaces."""
    return _SEPARATORS.sub(" ", text).strip("\n\r ")


@lru_cache(maxsize=4096)
def written(value: str, *, in_flow: bool = False) -> str:
    """Return a text as a YAML scalar, in quotes when it would mean something else without."""
    return value if _is_plain(value, in_flow=in_flow) else _quoted(value)


def _is_plain(text: str, *, in_flow: bool) -> bool:
    """Ask our own reader whether a text means itself as an item, a value and a key."""
    if not text or "${" in text or text != one_line(text) or "\t" in text or len(text) > 500:
        return False
    report = Report()
    forms = [(f"- {text}", [text]), (f"k: {text}", {"k": text}), (f"{text}: k", {text: "k"})]
    if in_flow:
        forms.append((f"[{text}, k]", [text, "k"]))
    return all(
        parse(source, "", report, environment={}).root == meaning for source, meaning in forms
    ) and not len(report)


def _quoted(text: str) -> str:
    shown = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", shown)


def flow(value: Any) -> str:
    """Return a value in one line: ``{name: value}``, ``[a, b]``."""
    match value:
        case str():
            return written(value, in_flow=True)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case Mapping():
            parts = (f"{flow(key)}: {flow(item)}" for key, item in value.items())
            return "{" + ", ".join(parts) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case float() if not isfinite(value):
            return f"{value}".replace("inf", ".inf").replace("nan", ".nan")
        case _:
            return repr(value)


def block(value: Any, indent: int, *, deeper_lists: int = 0) -> Iterator[str]:
    """Yield the lines of a mapping or a list.

    Args:
        value: Made of mappings, lists, texts, numbers, truth values and None.
        indent: Spaces before each line.
        deeper_lists: Spaces by which a list stands further right than the key that it belongs to.
    """
    pad = " " * indent
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = _leaf(key)
            if isinstance(item, Mapping | list | tuple) and item:
                step = 2 if isinstance(item, Mapping) else deeper_lists
                yield f"{pad}{name}:"
                yield from block(item, indent + step, deeper_lists=deeper_lists)
            else:
                first, *rest = _leaf_lines(item, indent + 2)
                yield f"{pad}{name}: {first}"
                yield from rest
        return
    for item in value:
        if isinstance(item, Mapping | list | tuple) and item:
            first, *rest = block(item, indent + 2, deeper_lists=deeper_lists)
            yield f"{pad}- {first[indent + 2 :]}"
            yield from rest
        else:
            first, *rest = _leaf_lines(item, indent + 2)
            yield f"{pad}- {first}"
            yield from rest


def render(value: Any, indent: int = 0) -> list[str]:
    """Return the lines of a mapping or a list, lists as far right as their keys."""
    return list(block(value, indent))


def _leaf_lines(value: Any, indent: int) -> list[str]:
    """Return a single value; a text of several lines stands below a ``|`` where it can."""
    if not isinstance(value, str) or "\n" not in value or not _can_be_literal(value):
        return [_leaf(value)]
    sign = "|" if value.endswith("\n") else "|-"
    return [sign, *textwrap.indent(value.removesuffix("\n"), " " * indent).split("\n")]


@lru_cache(maxsize=1024)
def _can_be_literal(text: str) -> bool:
    """Ask our own reader whether a text of several lines keeps its meaning in a block."""
    lines = text.split("\n")
    if not lines[0].strip() or "${" in text or any(line != line.rstrip() for line in lines):
        return False
    source = "\n".join(["k:", *(f"  {line}".rstrip() for line in ["- |", *_indented(lines)])])
    report = Report()
    document = parse(f"{source}\n", "", report, environment={})
    return not len(report) and document.root == {"k": [text.removesuffix("\n") + "\n"]}


def _indented(lines: list[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in (lines if lines[-1] else lines[:-1]))


def _leaf(value: Any) -> str:
    return written(value) if isinstance(value, str) else flow(value)
