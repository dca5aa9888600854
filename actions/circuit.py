"""A circuit breaker: what does not answer is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Circuit"]


class Circuit:
    """Opens after failures in a row; when the pause is over, one call at a time is let through."""

    def __init__(
        self,
        *,
        failures: int = 5,
        pause: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed = failures
        self._pause = pause
        self._clock = clock
        self._failed = 0
        self._closed_to = 0.0
        """Until when nothing is let through."""

    def lets_through(self) -> bool:
        """Whether a call may be made now; whoever makes it tells how it ended."""
        if self._failed < self._allowed:
            return True
        now = self._clock()
        if now < self._closed_to:
            return False
        self._closed_to = now + self._pause
        return True

    def succeeded(self) -> None:
        """Close the circuit."""
        self._failed = 0

    def failed(self) -> None:
        """Count a failure; enough of them in a row open the circuit."""
        self._failed += 1
        if self._failed >= self._allowed:
            self._closed_to = self._clock() + self._pause
