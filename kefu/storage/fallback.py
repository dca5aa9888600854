"""Leases that can still be had when the first place to get them from is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kefu.core.leases import Lease, Leases, Renewal
from kefu.errors import Unavailable

__all__ = ["FallbackLeases"]

_DOUBTFUL_TOKENS = 5_000_000
"""Tokens are microseconds: for so long after a change others may not have noticed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Second(Lease):
    """A lease of the second place."""


class FallbackLeases:
    """Hands out leases of one place, or of another when the first does not answer.

    While processes notice at different times that the first place is away or back, two of them can
    hold the same name, one of each place. Whoever writes under a lease compares versions too.
    """

    def __init__(self, first: Leases, second: Leases) -> None:
        self._first = first
        self._second = second
        self._was_away = False
        self._trusted_from = 0

    async def acquire(self, name: str, *, seconds: float) -> Lease | None:
        """Return a lease, or None if somebody else has it."""
        try:
            lease = await self._first.acquire(name, seconds=seconds)
        except Unavailable:
            self._was_away = True
            found = await self._second.acquire(name, seconds=seconds)
            return found and _Second(name=name, token=found.token, previous=found.previous)
        return lease and self._judged(lease)

    async def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Let a lease last longer; False too if its place is away: another can be acquired."""
        if isinstance(lease, _Second):
            return await self._second.renew(lease, seconds=seconds)
        try:
            return await self._first.renew(lease, seconds=seconds)
        except Unavailable:
            self._was_away = True
            return False

    async def renew_all(self, leases: Sequence[Lease], *, seconds: float) -> Sequence[Renewal]:
        """Renew several; those are lost whose place is away."""
        seconds_own = [lease for lease in leases if isinstance(lease, _Second)]
        found: dict[int, Renewal] = {}
        if seconds_own:
            renewed = await self._second.renew_all(seconds_own, seconds=seconds)
            found |= zip(map(id, seconds_own), renewed, strict=True)
        firsts_own = [lease for lease in leases if not isinstance(lease, _Second)]
        try:
            renewed = await self._first.renew_all(firsts_own, seconds=seconds)
            found |= zip(map(id, firsts_own), renewed, strict=True)
        except Unavailable:
            self._was_away = True
        return [found.get(id(lease), "lost") for lease in leases]

    async def release(self, lease: Lease) -> None:
        """Give a lease back to its place."""
        await (self._second if isinstance(lease, _Second) else self._first).release(lease)

    async def release_all(self, leases: Sequence[Lease]) -> None:
        """Give several back, each to its place."""
        for lease in leases:
            if isinstance(lease, _Second):
                await self._second.release(lease)
        await self._first.release_all([one for one in leases if not isinstance(one, _Second)])

    def _judged(self, lease: Lease) -> Lease:
        """Return ``lease``, as following an unknown one if the second place may have had it."""
        if self._was_away:
            self._was_away = False
            self._trusted_from = lease.token + _DOUBTFUL_TOKENS
        if lease.previous < self._trusted_from:
            return replace(lease, previous=0)
        return lease
