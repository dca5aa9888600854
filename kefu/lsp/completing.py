"""What may stand at a place: taken from the schemas, and within examples from the annotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from kefu.lsp.spots import ITEM, Spot, spot_at
from kefu.lsp.text import Text
from kefu.project.schema import ProjectNames

__all__ = ["completions", "kind_of_file"]

_PREFIX: Final = re.compile(r"[^\s,\[\]{}:\"'()]*$")
_VALUE, _FIELD, _REFERENCE = 12, 5, 18
"""Kinds of the protocol: value, field, reference."""
_ANNOTATIONS: Final = ("entity", "role", "group", "value")
_MOST: Final = 500


def kind_of_file(path: Path, root: Path) -> str:
    """Return which schema a file has."""
    named = {"config", "endpoints", "credentials", "desk", "domain"}
    if path.stem in named and path.parent == root.absolute():
        return path.stem
    parts = path.relative_to(root.absolute()).parts if root.absolute() in path.parents else ()
    if parts[:1] == ("domain",):
        return "domain"
    return "tests" if parts[:1] == ("tests",) or path.name.startswith("test_") else "training"


def completions(
    text: Text, place: tuple[int, int], schema: dict[str, Any], names: ProjectNames
) -> list[dict[str, Any]]:
    """Return what an editor offers at a line and character."""
    line, column = place
    before = text.lines[line][:column]
    spot = spot_at(text.lines, line, column)
    annotated = _annotated(before, spot, names)
    if annotated is not None:
        found = [(name, name, _REFERENCE) for name in annotated]
    elif spot.is_block:
        return []
    else:
        found = list(_from_schema(schema, spot, text.lines[line][column:]))
    prefix = _PREFIX.search(before)
    assert prefix is not None
    wanted = prefix[0].casefold()
    span = text.range(line, prefix.start(), column)
    return [
        {"label": label, "kind": kind, "textEdit": {"range": span, "newText": new}}
        for label, new, kind in dict.fromkeys(found)
        if _fits(wanted, label.casefold())
    ][:_MOST]


def _fits(wanted: str, label: str) -> bool:
    """Whether the letters of a word stand in a name in this order."""
    rest = iter(label)
    return all(letter in rest for letter in wanted)


_IN_TEXT: Final = (
    (re.compile(r"\]\([^)\s]*$"), "entities"),
    (re.compile(r"\]\{[^}]*[\"']entity[\"']\s*:\s*[\"'][^\"']*$"), "entities"),
    (re.compile(r"\]\{(?:[^}]*,)?\s*[\"'][^\"':]*$"), "annotations"),
)


def _annotated(before: str, spot: Spot, names: ProjectNames) -> Sequence[str] | None:
    """Return what an annotation or a placeholder may name; None outside of them."""
    if spot.last_key in {"examples", "user"}:
        for pattern, what in _IN_TEXT:
            if pattern.search(before):
                return names.entities if what == "entities" else _ANNOTATIONS
        if spot.last_key == "user" and re.search(r"(?:^|[\s\"'])/[^\s{/]*$", before):
            return [f"/{name}" for name in names.intents]
    if "responses" in spot.path and spot.last_key == "text" and re.search(r"\{\w*$", before):
        return names.slots
    return None


def _from_schema(schema: dict[str, Any], spot: Spot, behind: str) -> Iterator[tuple[str, str, int]]:
    nodes = _Walk(schema).nodes(spot.path)
    if not spot.is_key:
        values = [*_values(nodes)]
        yield from ((value, value, _VALUE) for value in values)
    if spot.is_key or spot.is_fresh or spot.path[-1:] in {(ITEM,), ()}:
        colon = "" if behind.lstrip().startswith(":") else ": "
        for node in nodes:
            yield from ((key, f"{key}{colon}", _FIELD) for key in node.get("properties", ()))


def _values(nodes: Iterable[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        given = [*node.get("enum", ()), *([node["const"]] if "const" in node else ())]
        yield from (value for value in given if isinstance(value, str))
        if node.get("type") == ["boolean", "null"] or node.get("type") == "boolean":
            yield from ("true", "false")


class _Walk:
    """Finds parts of a schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema

    def nodes(self, path: Sequence[str]) -> list[dict[str, Any]]:
        """Return all that the schema says of what stands below a path."""
        nodes = self._whole([self._schema])
        for step in path:
            nodes = self._whole(part for node in nodes for part in _below(node, step))
        return nodes

    def _whole(self, nodes: Iterable[Any]) -> list[dict[str, Any]]:
        """Return schemas with those that they are put together from."""
        found: dict[int, dict[str, Any]] = {}
        waiting = [node for node in nodes if isinstance(node, dict)]
        while waiting:
            node = waiting.pop()
            if id(node) in found:
                continue
            found[id(node)] = node
            if "$ref" in node:
                name = str(node["$ref"]).rpartition("/")[2]
                waiting.append(self._schema["definitions"][name])
            waiting += [*node.get("anyOf", ()), *node.get("allOf", ())]
            waiting += [node[key] for key in ("then", "else") if key in node]
        return list(found.values())


def _below(node: dict[str, Any], step: str) -> Iterator[Any]:
    if step == ITEM:
        yield node.get("items")
    elif step in node.get("properties", {}):
        yield node["properties"][step]
    else:
        yield node.get("additionalProperties")
