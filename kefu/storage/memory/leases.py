"""Leases within one process, and for tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from kefu.core.leases import Lease, Renewal

__all__ = ["MemoryLeases"]


class MemoryLeases:
    """Keeps leases; see :class:`kefu.core.leases.Leases`."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Start without leases.

        Args:
            now: Tells the time in seconds, from any beginning.
        """
        self._now = now
        self._held: dict[str, tuple[int, float]] = {}
        """Name -> token and end."""
        self._last: dict[str, int] = {}
        """Name -> token of a lease that was given back."""
        self._wanted: set[int] = set()
        """Tokens of leases that somebody has tried for in vain."""
        self._token = 0

    async def acquire(self, name: str, *, seconds: float) -> Lease | None:
        """Return a lease, or None if somebody else has it."""
        now = self._now()
        found = self._held.get(name)
        if found is not None and found[1] > now:
            self._wanted.add(found[0])
            return None
        if found is not None:
            self._wanted.discard(found[0])
        self._token += 1
        self._held[name] = (self._token, now + seconds)
        return Lease(name=name, token=self._token, previous=self._last.pop(name, 0))

    async def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Let a lease last longer, unless it is lost."""
        if not self._is_held(lease):
            return False
        self._held[lease.name] = (lease.token, self._now() + seconds)
        return True

    async def renew_all(self, leases: Sequence[Lease], *, seconds: float) -> Sequence[Renewal]:
        """Renew several."""
        return [await self._renewed(lease, seconds) for lease in leases]

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        if self._is_held(lease):
            del self._held[lease.name]
            self._wanted.discard(lease.token)
            self._last[lease.name] = lease.token

    async def release_all(self, leases: Sequence[Lease]) -> None:
        """Give several back."""
        for lease in leases:
            await self.release(lease)

    async def _renewed(self, lease: Lease, seconds: float) -> Renewal:
        if not await self.renew(lease, seconds=seconds):
            return "lost"
        return "wanted" if lease.token in self._wanted else "kept"

    def _is_held(self, lease: Lease) -> bool:
        found = self._held.get(lease.name)
        return found is not None and found[0] == lease.token
