"""Slots: the bot's memory of facts, and how each type of slot looks to the policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kefu.core.names import OTHER_CATEGORY

__all__ = ["SLOT_TYPES", "Slot", "SlotType"]

SlotType = Literal["text", "bool", "categorical", "float", "list", "any"]
SLOT_TYPES: tuple[SlotType, ...] = ("text", "bool", "categorical", "float", "list", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The declaration of a slot; its value lives in the tracker."""

    name: str
    type: SlotType
    mappings: tuple[Mapping[str, Any], ...] = ()
    initial_value: Any = None
    influence_conversation: bool = True
    values: tuple[str, ...] = ()
    """Categories of a categorical slot, lower-cased, with ``__other__`` last."""
    min_value: float = 0.0
    max_value: float = 1.0
    source: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The declaration as written in the domain."""

    def stored(self, value: Any) -> Any:
        """Return ``value`` as this slot keeps it: list slots wrap single values."""
        if self.type == "list" and value and not isinstance(value, list):
            return [value]
        return value

    def feature(self, value: Any) -> tuple[float, ...]:
        """Return what policies see of ``value``; empty when the slot has no influence."""
        feature: tuple[float, ...] = ()
        if not self.influence_conversation:
            return feature
        match self.type:
            case "text":
                feature = (1.0 if value is not None else 0.0,)
            case "bool":
                feature = _bool_feature(value)
            case "float":
                feature = self._float_feature(value)
            case "list":
                feature = (1.0 if _has_items(value) else 0.0,)
            case "categorical":
                feature = self._categorical_feature(value)
            case "any":
                pass
        return feature

    def _float_feature(self, value: Any) -> tuple[float, ...]:
        try:
            capped = max(self.min_value, min(self.max_value, float(value)))
        except (TypeError, ValueError):
            return (0.0, 0.0)
        covered = abs(self.max_value - self.min_value) or 1.0
        return (1.0, (capped - self.min_value) / covered)

    def _categorical_feature(self, value: Any) -> tuple[float, ...]:
        if value is None:
            return (0.0,) * len(self.values)
        category = str(value).lower()
        if category not in self.values:
            category = OTHER_CATEGORY
        return tuple(1.0 if known == category else 0.0 for known in self.values)


def _has_items(value: Any) -> bool:
    return isinstance(value, list | tuple | str | dict | set) and len(value) > 0


def _bool_feature(value: Any) -> tuple[float, float]:
    truth: bool | None = None
    if isinstance(value, bool):
        truth = value
    elif isinstance(value, int | float):
        truth = value == 1.0
    elif isinstance(value, str):
        word = value.strip().lower()
        if value.isnumeric():
            truth = float(value) == 1.0
        elif word in {"true", "false"}:
            truth = word == "true"
    return (0.0, 0.0) if truth is None else (1.0, float(truth))
