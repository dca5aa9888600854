"""Which variations of a response fit the channel and what the bot knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["suitable_variations", "variation_id"]

Variation = Mapping[str, Any]


def suitable_variations(
    variations: Sequence[Variation], channel: str, slots: Mapping[str, Any]
) -> list[Variation]:
    """Return the variations to choose from.

    For the channel before for any channel, and among each of these those whose condition holds
    before those without a condition.
    """
    by_condition = [v for v in variations if v.get("condition") and _holds(v["condition"], slots)]
    plain = [v for v in variations if v.get("condition") is None]
    for candidates, wanted in (
        (by_condition, channel),
        (plain, channel),
        (by_condition, None),
        (plain, None),
    ):
        found = [v for v in candidates if v.get("channel") == wanted]
        if found:
            return found
    return []


def variation_id(
    variations: Sequence[Variation], channel: str, slots: Mapping[str, Any]
) -> str | None:
    """Return the ``id`` of the first suitable variation, unless ids are ambiguous."""
    suitable = suitable_variations(variations, channel, slots)
    ids = [v["id"] for v in suitable if v.get("id")]
    if not suitable or len(ids) != len(set(ids)):
        return None
    first: str | None = suitable[0].get("id")
    return first


def _holds(conditions: Sequence[Mapping[str, Any]], slots: Mapping[str, Any]) -> bool:
    return all(_same(slots.get(item["name"]), item["value"]) for item in conditions)


def _same(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, str) and isinstance(wanted, str):
        return actual.casefold() == wanted.casefold()
    return bool(actual == wanted)
