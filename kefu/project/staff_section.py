"""Reads the section ``staff`` of endpoints.yml: how long agents stay signed in, and where."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from kefu.project.settings import StaffSettings
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_staff"]

_KEYS: Final = ("idle_hours", "longest_days", "public_url")
_MAX_IDLE_HOURS: Final = 24 * 31
_MAX_DAYS: Final = 365


def read_staff(shape: Shape, root: YamlMap) -> StaffSettings:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "staff")
    node = shape.as_map(root.get("staff"), at, "'staff'")
    default = StaffSettings()
    if node is None:
        return default
    shape.known_keys(node, _KEYS, "'staff'")
    return StaffSettings(
        idle_seconds=_seconds(shape, node, "idle_hours", 3600, _MAX_IDLE_HOURS)
        or default.idle_seconds,
        longest_seconds=_seconds(shape, node, "longest_days", 86400, _MAX_DAYS)
        or default.longest_seconds,
        public_url=_url(shape, node),
    )


def _seconds(shape: Shape, node: YamlMap, key: str, unit: int, most: int) -> float | None:
    value: Any = node.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most:
        return float(value) * unit
    place = shape.document.value(node, key)
    shape.wrong(place, f"{key!r} of 'staff'", f"a number above 0, at most {most}", value)
    return None


def _url(shape: Shape, node: YamlMap) -> str:
    text = shape.text_at(node, "public_url", "'public_url' of 'staff'") or ""
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.netloc):
        place = shape.document.value(node, "public_url")
        shape.wrong(
            place, "'public_url' of 'staff'", "an address such as https://desk.example.com", text
        )
        return ""
    return text.rstrip("/")
