"""What goes wrong on a platform's side of an API call: by order of a test, or by chance."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

__all__ = ["Fault", "Faults"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong with one call."""

    drop: Literal["before", "after"] | None = None
    """The connection is cut before the call had any effect, or after it had its full effect."""
    errcode: int | None = None
    """The call is refused with this code."""
    status: int | None = None
    """An HTTP status of some gateway in between, with a page in HTML; no effect."""
    delay: float = 0.0
    """Seconds the call takes before anything else."""


class Faults:
    """The faults to come, for each API by its path behind ``/cgi-bin/``."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._ordered: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._rates: dict[str, Mapping[Fault, float]] = {}
        self.happened: list[tuple[str, Fault]] = []

    def order(self, api: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next ``times`` calls of ``api`` meet ``fault``; orders queue up."""
        self._ordered[api].extend([fault] * times)

    def rates(self, api: str, rates: Mapping[Fault, float]) -> None:
        """Let calls of ``api`` meet faults by chance: the share of calls for each."""
        self._rates[api] = rates

    def next(self, api: str) -> Fault | None:
        """Return what the call that just came in meets."""
        fault = self._ordered[api].popleft() if self._ordered[api] else self._by_chance(api)
        if fault is not None:
            self.happened.append((api, fault))
        return fault

    def _by_chance(self, api: str) -> Fault | None:
        rates = self._rates.get(api)
        if not rates:
            return None
        drawn = self._random.random()
        for fault, rate in rates.items():
            if drawn < rate:
                return fault
            drawn -= rate
        return None
