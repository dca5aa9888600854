"""Reads ``coordination`` of endpoints.yml, or Rasa's ``lock_store`` in its place."""

from __future__ import annotations

from typing import Final

from kefu.project.problems import suggestion
from kefu.project.service_address import redis_address
from kefu.project.settings import DATABASE, CoordinationEndpoint
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_coordination"]

KEYS: Final = (
    *("type", "url", "port", "db", "username", "password", "key_prefix"),
    *("use_ssl", "ssl_keyfile", "ssl_certfile", "ssl_ca_certs"),
)
RASAS_OWN: Final = ("socket_timeout", "concurrent_mode")
"""Settings of Rasa's ``lock_store`` that mean nothing here."""
_POSSIBLE: Final = {
    "lock_store": "in_memory, redis, database",
    "coordination": "redis, database",
}
_MEMORY: Final = frozenset({"in_memory", "inmemory", "memory"})


def read_coordination(shape: Shape, root: YamlMap) -> CoordinationEndpoint | None:
    """Return how several processes get along; None when the file does not say."""
    if root.get("coordination") is not None:
        return _section(shape, root, "coordination")
    return _section(shape, root, "lock_store")


def _section(shape: Shape, root: YamlMap, name: str) -> CoordinationEndpoint | None:
    at = shape.document.value(root, name)
    node = shape.as_map(root.get(name), at, f"'{name}'")
    if node is None:
        return None
    kind = str(node.get("type") or "").lower()
    if kind in _MEMORY and name == "lock_store":
        return None
    _check_keys(shape, node, name)
    if kind == DATABASE:
        return CoordinationEndpoint()
    if kind == "redis":
        prefix = shape.text_at(node, "key_prefix", "'key_prefix'")
        return CoordinationEndpoint(
            url=redis_address(shape, node, port=6379) or "",
            prefix=prefix or CoordinationEndpoint().prefix,
        )
    given = node.get("type")
    what = f"{name!r} needs a 'type'" if given is None else f"{name!r} has no type {given!r}"
    advice = f"possible: {_POSSIBLE[name]}"
    if isinstance(given, str) and "." in given:
        what = f"{given!r} is a class of one's own, which Kefu does not load"
    shape.report.error(
        "endpoints.unknown-coordination",
        shape.document.value(node, "type") if "type" in node else at,
        what,
        f"{advice}; 'type: redis' has a 'url' such as redis://localhost:6379",
    )
    return CoordinationEndpoint()


def _check_keys(shape: Shape, node: YamlMap, name: str) -> None:
    known = (*KEYS, *RASAS_OWN) if name == "lock_store" else KEYS
    for key in node:
        if key not in known:
            shape.report.warning(
                "endpoints.unknown-setting",
                shape.document.key(node, key),
                f"{name!r} has no setting {key!r}, it is ignored",
                suggestion(str(key), KEYS, f"possible: {', '.join(KEYS)}"),
            )
