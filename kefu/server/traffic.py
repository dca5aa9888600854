"""Counts of requests, cheap enough to be kept on every one of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

__all__ = ["BUCKETS", "RouteTraffic", "Traffic"]

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the duration classes, in seconds."""


@dataclass(slots=True)
class RouteTraffic:
    """Requests of one route."""

    statuses: Counter[int] = field(default_factory=Counter)
    durations: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """Requests in each class of :data:`BUCKETS`, and those above."""
    seconds: float = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count one answered request."""
        self.statuses[status] += 1
        self.durations[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


class Traffic:
    """All requests since the start."""

    def __init__(self) -> None:
        self.routes: dict[str, RouteTraffic] = {}
        self.errors: Counter[int] = Counter()
        """Requests that ended in an error, by status; they are not in :attr:`routes`."""
        self.open_sockets = 0
        self.sockets_opened = 0

    def route(self, name: str) -> RouteTraffic:
        """Return the counts of the route called ``name``."""
        return self.routes.setdefault(name, RouteTraffic())

    def count_error(self, status: int) -> None:
        """Count a request that ended in an error."""
        self.errors[status] += 1
