"""Reads ``coordination`` of endpoints.yml, or Rasa's ``lock_store`` in its place."""

from __future__ import annotations

from typing import Final

from kefu.project.problems import nearest
from kefu.project.service_address import service_address
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
        _check_keys(shape, node, name)
        return CoordinationEndpoint(
            url=_url(shape, node),
            prefix=str(node.get("key_prefix") or CoordinationEndpoint().prefix),
        )
    if kind in _MEMORY and name == "lock_store":
        return None
    shape.report.warning(
        "endpoints.unknown-coordination",
        at,
        f"processes cannot get along by {node.get('type')!r}; they use the database",
        "write 'type: redis' with 'url: redis://localhost:6379', or 'type: database'",
    )
    return CoordinationEndpoint()


def _check_keys(shape: Shape, node: YamlMap, name: str) -> None:
    is_rasas = name == "lock_store"  # of whose other settings only those of safety matter
    for key in node:
        if key not in _KEYS and (not is_rasas or str(key).startswith("ssl_")):
            near = nearest(str(key), _KEYS)
            shape.report.warning(
                "endpoints.unknown-setting",
                shape.document.key(node, key),
                f"{name!r} has no setting {key!r}, it is ignored",
                f"did you mean {near!r}?" if near else f"possible: {', '.join(_KEYS)}",
            )


def _url(shape: Shape, node: YamlMap) -> str:
    """Return the URL of Redis; a wrong one was reported."""
    is_secure = node.get("use_ssl")
    if is_secure is not None and not isinstance(is_secure, bool):
        shape.wrong(shape.document.value(node, "use_ssl"), "'use_ssl'", "true or false", is_secure)
    schemes = ("rediss", "redis") if is_secure is True else ("redis", "rediss")
    path = str(node.get("db") or 0)
    return service_address(shape, node, schemes, path=path, port=6379) or ""
