"""How things stand with the humans, as channels that have a screen show it to customers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Humans", "Place", "Standing"]

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a customer stands in line."""

    position: int
    """1 is the next."""
    wait_seconds: float | None = None
    """None: nobody knows."""
    is_away: bool = False
    """Whether nobody is there whom they wait for."""

    @property
    def shown(self) -> tuple[int, int | None, bool]:
        """What of it is worth telling a customer: the wait counts in minutes."""
        wait = None if self.wait_seconds is None else math.ceil(self.wait_seconds / _MINUTE)
        return self.position, wait, self.is_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at a moment."""

    places: Mapping[str, Place] = field(default_factory=dict)
    """Conversation -> its place in line, where customers are to be told."""
    is_away: bool = False
    """Whether no agent is on duty, or it is outside business hours."""
    takes_messages: bool = True
    """Whether somebody who waits may leave a message instead."""


class Humans(Protocol):
    """Tells channels how things stand; reading it costs nothing.

    A place that changes comes to whoever watches its conversation, as a signal ``place``.
    """

    @property
    def now(self) -> Standing:
        """How things stood when they were last looked at, a moment ago."""
        ...

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Call ``hear`` when something changes that concerns all, until the result is called."""
        ...

    async def look(self) -> Standing:
        """Look again, if that was not done just now, and return how things stand.

        Called every few seconds while somebody waits: expected waits change by themselves.
        """
        ...
