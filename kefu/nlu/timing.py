"""How long understanding a message takes, component by component, where somebody wants to know."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

__all__ = ["FEATURES", "Stopwatch"]

FEATURES: Final = "features"
"""Stands for the vectors that the components share."""


class Stopwatch:
    """Adds up, by component, the time since it was looked at last."""

    def __init__(self) -> None:
        """Begin to count."""
        self._began = self._last = perf_counter()
        self._seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Count the time since the last lap for ``name``."""
        now = perf_counter()
        self._seconds[name] = self._seconds.get(name, 0.0) + now - self._last
        self._last = now

    def as_json(self) -> dict[str, Any]:
        """Return the milliseconds of all that happened since the beginning, and of each name."""
        return {
            "milliseconds": round((perf_counter() - self._began) * 1000, 3),
            "components": [
                {"name": name, "milliseconds": round(seconds * 1000, 3)}
                for name, seconds in self._seconds.items()
            ],
        }
