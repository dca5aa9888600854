"""Reads ``nlg`` of endpoints.yml: who finds the words of responses."""

from __future__ import annotations

from typing import Any, Final

from kefu.project.problems import nearest, suggestion
from kefu.project.service_address import web_address
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap, plain

__all__ = ["KEYS", "read_nlg"]

KEYS: Final = (
    *("type", "url", "headers", "params", "token", "token_name"),
    *("basic_auth", "cafile", "timeout"),
)
TYPES: Final = ("callback", "response")
_MAPS: Final = ("headers", "params", "basic_auth")
_LONGEST: Final = 3_600
"""In seconds."""


def read_nlg(shape: Shape, root: YamlMap) -> dict[str, Any] | None:
    """Return the section of a server that finds the words; None: the domain's words are taken."""
    node = shape.as_map(root.get("nlg"), shape.document.value(root, "nlg"), "'nlg'")
    if node is None:
        return None
    _check_keys(shape, node)
    kind = str(node.get("type") or "callback").lower()
    if kind == "response":
        return None
    if kind != "callback":
        _refuse(shape, node)
        return None
    url = web_address(shape, node, "url", "'url' of 'nlg'", "http://localhost:5056/nlg")
    if not node.get("url"):
        shape.report.error(
            "endpoints.no-address",
            shape.document.key(root, "nlg"),
            "'nlg' does not say where responses are asked for",
            "write 'url: http://localhost:5056/nlg', or leave the section out",
        )
    for key in _MAPS:
        shape.as_map(node.get(key), shape.document.value(node, key), f"{key!r}")
    seconds = shape.number_at(node, "timeout", "'timeout'", most=_LONGEST)
    return {**plain(node), "timeout": seconds} if url else None


def _check_keys(shape: Shape, node: YamlMap) -> None:
    for key in node:
        if key not in KEYS:
            near = nearest(str(key), KEYS)
            shape.report.warning(
                "endpoints.unknown-setting",
                shape.document.key(node, key),
                f"'nlg' has no setting {key!r}, it is ignored",
                f"did you mean {near!r}?" if near else f"possible: {', '.join(KEYS)}",
            )


def _refuse(shape: Shape, node: YamlMap) -> None:
    given = str(node["type"])
    is_class = "." in given
    shape.report.error(
        "endpoints.unknown-type",
        shape.document.value(node, "type"),
        f"{given!r} is a class of one's own, which Kefu does not load"
        if is_class
        else f"'nlg' has no type {given!r}",
        "serve it by HTTP and write its 'url'"
        if is_class
        else suggestion(given, TYPES, f"possible: {', '.join(TYPES)}"),
    )
