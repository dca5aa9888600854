"""Events about what the bot remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kefu.core.events.fact import Fact

__all__ = ["AllSlotsReset", "SlotSet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSet(Fact):
    """A slot has a new value; None empties it."""

    key: str
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllSlotsReset(Fact):
    """All slots have their initial values again."""
