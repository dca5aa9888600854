"""What all events have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Fact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened in a conversation."""

    timestamp: float | None = field(default=None, compare=False)
    """Seconds since the epoch; set when the event enters a log."""
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
