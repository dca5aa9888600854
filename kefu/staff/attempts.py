"""How often somebody may be wrong: back-off for each login and for each network address.

An attempt is counted before its password is looked at, so that a hundred at the same instant are a
hundred. A login that does not exist is counted like any other.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

__all__ = ["PER_ADDRESS", "PER_LOGIN", "Attempts", "Patience", "address_key", "counted", "forgiven"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many failures are free, and how long the pauses behind them are, in seconds."""

    free: int
    first_pause: float
    longest_pause: float
    forgets_after: float
    """Without any failure."""


PER_LOGIN: Final = Patience(free=5, first_pause=30.0, longest_pause=900.0, forgets_after=86400.0)
PER_ADDRESS: Final = Patience(free=30, first_pause=30.0, longest_pause=900.0, forgets_after=3600.0)
"""Many agents may share the address of one office."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known of a login, or of an address."""

    failures: int = 0
    last_at: float = 0.0
    locked_until: float = 0.0


def counted(known: Attempts, patience: Patience, now: float) -> Attempts | None:
    """Return ``known`` with one more attempt; None while none is allowed."""
    if now < known.locked_until:
        return None
    is_old = now - known.last_at > patience.forgets_after
    failures = (0 if is_old else known.failures) + 1
    over = failures - patience.free
    pause = 0.0
    if over >= 0:
        pause = min(patience.first_pause * 2.0 ** min(over, 30), patience.longest_pause)
    return Attempts(failures, now, now + pause if pause else 0.0)


def forgiven(known: Attempts) -> Attempts:
    """Return ``known`` without its last attempt, which turned out to be right."""
    return Attempts(max(0, known.failures - 1), known.last_at, 0.0)


def address_key(address: str) -> str:
    """Return what an address is counted by: of IPv6, the network that one customer has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"address:{address[:64]}"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return f"address:{parsed.ipv4_mapped}"
        network = ipaddress.ip_network((int(parsed) >> 64 << 64, 64))
        return f"address:{network}"
    return f"address:{parsed}"
