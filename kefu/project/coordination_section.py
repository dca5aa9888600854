"""Reads ``coordination`` of endpoints.yml, or Rasa's ``lock_store`` in its place."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from kefu.project.problems import nearest
from kefu.project.settings import DATABASE, CoordinationEndpoint
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_coordination"]

_KEYS: Final = ("type", "url", "port", "db", "username", "password", "use_ssl", "key_prefix")
_MEMORY: Final = frozenset({"", "in_memory", "inmemory", "memory"})


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
    if kind == DATABASE:
        return CoordinationEndpoint()
    if kind == "redis":
        if name == "coordination":
            _check_keys(shape, node)
        return CoordinationEndpoint(
            url=_url(node), prefix=str(node.get("key_prefix") or CoordinationEndpoint().prefix)
        )
    if kind in _MEMORY and name == "lock_store":
        return None
    shape.report.warning(
        "endpoints.unknown-coordination",
        at,
        f"processes cannot get along by {node.get('type')!r}; they use the database",
        "write 'type: redis' with 'url: redis://localhost:6379', or 'type: database'",
    )
    return None


def _check_keys(shape: Shape, node: YamlMap) -> None:
    for key in node:
        if key not in _KEYS:
            near = nearest(str(key), _KEYS)
            shape.report.warning(
                "endpoints.unknown-setting",
                shape.document.key(node, key),
                f"'coordination' has no setting {key!r}, it is ignored",
                f"did you mean {near!r}?" if near else f"possible: {', '.join(_KEYS)}",
            )


def _url(node: YamlMap) -> str:
    """Return the URL of Redis, which may be given whole or, as Rasa has it, in parts."""
    host = str(node.get("url") or "localhost")
    if "://" in host:
        return host
    login = ""
    if node.get("username") or node.get("password") is not None:
        login = f"{_quoted(node.get('username'))}:{_quoted(node.get('password'))}@"
    scheme = "rediss" if node.get("use_ssl") is True else "redis"
    return f"{scheme}://{login}{host}:{node.get('port') or 6379}/{node.get('db') or 0}"


def _quoted(value: Any) -> str:
    return "" if value is None else quote(str(value), safe="")
