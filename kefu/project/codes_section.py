"""Reads ``code_sender`` of endpoints.yml: who sends one-time codes to customers, and how often."""

from __future__ import annotations

from typing import Any, Final

from kefu.project.settings import CONSOLE, CodeSettings
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap, plain

__all__ = ["read_code_sender"]

NUMBERS: Final = {
    "valid_minutes": ("valid_seconds", 60, 60),
    "gap_seconds": ("gap_seconds", 1, 3600),
    "verified_minutes": ("verified_seconds", 60, 1440),
    "timeout": ("timeout_seconds", 1, 30),
}
"""Key -> field, its unit in seconds, and the most it can be."""
COUNTS: Final = {"tries": 5, "per_hour": 60, "per_day": 200}
"""Key -> the most it can be: a code has only a million values."""
CEILINGS: Final = {"phones_per_day": 100, "all_per_hour": 1_000_000, "all_per_day": 10_000_000}
"""The same of what may be 0: no ceiling."""
_PRINTS: Final = "prints_codes"
OWN: Final = frozenset({"name", "resend_intent", *NUMBERS, *COUNTS, *CEILINGS})


def read_code_sender(shape: Shape, root: YamlMap) -> CodeSettings | None:
    """Return what the section says; None without it, and where it names no sender."""
    at = shape.document.value(root, "code_sender")
    node = shape.as_map(root.get("code_sender"), at, "'code_sender'")
    if node is None:
        return None
    name = shape.text_at(node, "name", "'name' of 'code_sender'") or ""
    if name != CONSOLE and "." not in name:
        shape.report.error(
            "endpoints.no-sender",
            shape.document.key(root, "code_sender"),
            "'code_sender' does not say who sends codes",
            f"write 'name: {CONSOLE}', or the path of a class: 'name: connectors.sms.Codes'",
        )
        return None
    if name == CONSOLE and node.get(_PRINTS) is not True:
        shape.report.error(
            "endpoints.codes-in-the-open",
            shape.document.value(node, "name"),
            f"the sender {CONSOLE!r} prints codes to the terminal, where others may read them",
            f"write '{_PRINTS}: true' if this is for development; otherwise name another sender",
        )
        return None
    options = {str(key): plain(value) for key, value in node.items() if key not in OWN}
    given: dict[str, Any] = {**_numbers(shape, node), **_counts(shape, node)}
    intent = shape.text_at(node, "resend_intent", "'resend_intent' of 'code_sender'")
    if intent:
        given["resend_intent"] = intent
    return CodeSettings(name=name, options=options, **given)


def _numbers(shape: Shape, node: YamlMap) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, (field, unit, most) in NUMBERS.items():
        value = shape.number_at(node, key, f"{key!r} of 'code_sender'", most=most)
        if value is not None:
            found[field] = value * unit
    return found


def _counts(shape: Shape, node: YamlMap) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, most in (*COUNTS.items(), *CEILINGS.items()):
        what = f"{key!r} of 'code_sender'"
        if key in CEILINGS and plain(node.get(key)) == 0 and node.get(key) is not False:
            found[key] = 0
            continue
        value = shape.whole_at(node, key, what, most=most)
        if value is not None:
            found[key] = value
    return found
