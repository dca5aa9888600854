"""How fast somebody may write: buckets that are full at first and fill again steadily."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Literal

from kefu.clock import Clock

__all__ = ["Flow", "FlowLimit", "FlowLimits"]

FlowKind = Literal["sender", "address"]
"""What is counted: a customer's messages, or the requests of a network address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How much may come at once, and on the long run."""

    burst: float
    per_second: float
    spares_private: bool = False
    """Whether addresses of the machine and of private networks are free."""


class FlowLimit:
    """Lets each key have ``burst`` at once and ``per_second`` on the long run; per process."""

    def __init__(self, clock: Clock, flow: Flow, *, remembered: int = 20_000) -> None:
        """Begin with full buckets, of which the ``remembered`` last used are kept."""
        self._clock = clock
        self._flow = flow
        self._remembered = remembered
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def has_room(self, key: str) -> bool:
        """Whether another one would be admitted now; nothing is counted."""
        return self._bucket(key) >= 1

    def admits(self, key: str) -> bool:
        """Count one; False when it is one too many."""
        if self._flow.spares_private and _is_private(key):
            return True
        left = self._bucket(key)
        self._left[key] = (left - 1 if left >= 1 else left, self._clock.now())
        self._left.move_to_end(key)
        while len(self._left) > self._remembered:
            self._left.popitem(last=False)
        return left >= 1

    def give_back(self, key: str) -> None:
        """Take it back that one was counted, as a message that turns out to be a repeat."""
        kept = self._left.get(key)
        if kept is not None:
            self._left[key] = (min(self._flow.burst, kept[0] + 1), kept[1])

    def wait(self, key: str) -> float:
        """Return the seconds until the next one is admitted."""
        return max(0.0, 1 - self._bucket(key)) / self._flow.per_second

    def _bucket(self, key: str) -> float:
        now = self._clock.now()
        left, at = self._left.get(key, (self._flow.burst, now))
        return min(self._flow.burst, left + max(0.0, now - at) * self._flow.per_second)


class FlowLimits:
    """Keeps a single sender, or a single address, from taking the service from all others.

    What comes in is counted at the door; a connector that has to do something before may look
    whether there is room.
    """

    def __init__(
        self, clock: Clock, *, sender: Flow | None = None, address: Flow | None = None
    ) -> None:
        """Set the limits; None admits everything."""
        flows: dict[FlowKind, Flow | None] = {"sender": sender, "address": address}
        self._limits = {k: FlowLimit(clock, flow) for k, flow in flows.items() if flow is not None}

    def has_room(self, kind: FlowKind, key: str) -> bool:
        """Whether another message would be admitted now; nothing is counted."""
        return kind not in self._limits or self._limits[kind].has_room(key)

    def admits(self, kind: FlowKind, key: str) -> bool:
        """Count a message; False when it is one too many."""
        return kind not in self._limits or self._limits[kind].admits(key)

    def give_back(self, kind: FlowKind, key: str) -> None:
        """Take it back that a message was counted, as one that turns out to be a repeat."""
        if kind in self._limits:
            self._limits[kind].give_back(key)

    def wait(self, kind: FlowKind, key: str) -> float:
        """Return the seconds until the next message is admitted."""
        return self._limits[kind].wait(key) if kind in self._limits else 0.0


@lru_cache(maxsize=4_096)
def _is_private(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return not found.is_global
