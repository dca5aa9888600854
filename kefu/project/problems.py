"""Problems found in a project's files, each with its place and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Place", "Problem", "Severity"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; line and column count from 1, 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return (
            f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong in a project."""

    place: Place
    severity: Severity
    code: str
    """Stable identifier such as ``story.unknown-intent``; documented in the reference."""
    message: str
    """What is wrong."""
    advice: str = ""
    """What to do, with the nearest valid name where there is one."""
    related: tuple[Place, ...] = ()
    """Other places involved, for example the rule that a story contradicts."""

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}"
        return f"{text} — {self.advice}" if self.advice else text
