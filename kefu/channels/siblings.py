"""The port to the other processes behind the same address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

__all__ = ["HearSibling", "Siblings"]

HearSibling = Callable[[int, str | None], None]
"""Takes the number of a process and what it says; None: there is no such process any more."""


class Siblings(Protocol):
    """The other processes that serve the same port, each with a number."""

    @property
    def number(self) -> int:
        """Of this process."""
        ...

    def listen(self, name: str, hear: HearSibling) -> None:
        """Have ``hear`` called with what is told to this process under ``name``."""
        ...

    def tell(self, number: int, name: str, text: str) -> None:
        """Tell another process something; what several are told under one name stays in order."""
        ...
