"""The word of a message."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Token"]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a message; ``end`` is the position behind its last character."""

    text: str
    start: int
    end: int
