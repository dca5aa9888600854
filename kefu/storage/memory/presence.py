"""Who is connected to this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

__all__ = ["MemoryPresence"]


class MemoryPresence:
    """Keeps who is connected; see :class:`kefu.gateway.coordination.Presence`."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: dict[str, dict[str, float]] = {}

    async def keep(self, kind: str, ids: Collection[str], *, seconds: float) -> None:
        """Count ``ids`` as connected for ``seconds`` from now."""
        until = self._now() + seconds
        self._until.setdefault(kind, {}).update(dict.fromkeys(ids, until))

    async def leave(self, kind: str, name: str) -> None:
        """Count ``name`` no longer as connected."""
        self._until.get(kind, {}).pop(name, None)

    async def is_online(self, kind: str, name: str) -> bool:
        """Whether ``name`` is connected."""
        return self._until.get(kind, {}).get(name, 0.0) > self._now()

    async def listed(self, kind: str, *, limit: int = 500) -> Sequence[str]:
        """Return who is connected."""
        found = self._live(kind)
        return sorted(found, key=lambda name: (found[name], name))[:limit]

    async def count(self, kind: str) -> int:
        """Return how many are connected."""
        return len(self._live(kind))

    def _live(self, kind: str) -> dict[str, float]:
        now = self._now()
        found = {name: until for name, until in self._until.get(kind, {}).items() if until > now}
        self._until[kind] = found
        return found
