"""Reads the section ``staff`` of endpoints.yml: how long agents stay signed in, and where."""

from __future__ import annotations

from typing import Final

from kefu.project.service_address import web_address
from kefu.project.settings import StaffSettings
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_staff"]

KEYS: Final = ("idle_hours", "longest_days", "public_url")
_MAX_IDLE_HOURS: Final = 24 * 31
_MAX_DAYS: Final = 365


def read_staff(shape: Shape, root: YamlMap) -> StaffSettings:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "staff")
    node = shape.as_map(root.get("staff"), at, "'staff'")
    default = StaffSettings()
    if node is None:
        return default
    shape.known_keys(node, KEYS, "'staff'")
    return StaffSettings(
        idle_seconds=_seconds(shape, node, "idle_hours", 3600, _MAX_IDLE_HOURS)
        or default.idle_seconds,
        longest_seconds=_seconds(shape, node, "longest_days", 86400, _MAX_DAYS)
        or default.longest_seconds,
        public_url=_url(shape, node).rstrip("/"),
    )


def _seconds(shape: Shape, node: YamlMap, key: str, unit: int, most: int) -> float | None:
    value = shape.number_at(node, key, f"{key!r} of 'staff'", most=most)
    return None if value is None else value * unit


def _url(shape: Shape, node: YamlMap) -> str:
    what, example = "'public_url' of 'staff'", "https://desk.example.com"
    return web_address(shape, node, "public_url", what, example) or ""
