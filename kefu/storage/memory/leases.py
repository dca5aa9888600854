"""Leases within one process, and for tests."""

from __future__ import annotations

import time
from collections.abc import Callable

from kefu.core.leases import Lease

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
        self._token = 0

    async def acquire(self, name: str, *, seconds: float) -> Lease | None:
        """Return a lease, or None if somebody else has it."""
        now = self._now()
        found = self._held.get(name)
        if found is not None and found[1] > now:
            return None
        self._token += 1
        self._held[name] = (self._token, now + seconds)
        return Lease(name=name, token=self._token, previous=self._last.pop(name, 0))

    async def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Let a lease last longer, unless it is lost."""
        if not self._is_held(lease):
            return False
        self._held[lease.name] = (lease.token, self._now() + seconds)
        return True

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        if self._is_held(lease):
            del self._held[lease.name]
            self._last[lease.name] = lease.token

    def _is_held(self, lease: Lease) -> bool:
        found = self._held.get(lease.name)
        return found is not None and found[0] == lease.token
