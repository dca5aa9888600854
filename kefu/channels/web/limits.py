"""How fast one visitor may write."""

from __future__ import annotations

from collections import OrderedDict

from kefu.clock import Clock

__all__ = ["FlowLimit"]


class FlowLimit:
    """Lets each visitor send ``burst`` messages at once, and ``per_second`` on the long run."""

    def __init__(
        self, clock: Clock, *, burst: float = 20, per_second: float = 2, remembered: int = 10_000
    ) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._remembered = remembered
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, visitor: str) -> bool:
        """Count a message of ``visitor``; False when it is one too many."""
        now = self._clock.now()
        left, at = self._left.pop(visitor, (self._burst, now))
        left = min(self._burst, left + max(0.0, now - at) * self._per_second)
        admitted = left >= 1
        self._left[visitor] = (left - 1 if admitted else left, now)
        while len(self._left) > self._remembered:
            self._left.popitem(last=False)
        return admitted
