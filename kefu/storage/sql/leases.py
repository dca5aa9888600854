"""Leases in the database: for several processes without Redis, and for when Redis is away."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence

from kefu.core.leases import Lease, Renewal
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlLeases"]

_KEPT_SECONDS = 86_400.0
_PURGE_EVERY = 2_000


class SqlLeases:
    """Keeps leases; see :class:`kefu.core.leases.Leases`.

    Time is the database's, so that the clocks of several machines need not agree. Rows outlive
    their leases by a day, which is how tokens grow; later ones begin at the time in microseconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = uuid.uuid4().hex[:12]

    async def acquire(self, name: str, *, seconds: float) -> Lease | None:
        """Return a lease, or None if somebody else has it."""
        if random.randrange(_PURGE_EVERY) == 0:
            await self._database.write_once("purge_leases", {"seconds": _KEPT_SECONDS})
        return await self._database.write(lambda: _acquire(name, self._holder, seconds))

    async def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Let a lease last longer, unless it is lost."""
        values = {"name": lease.name, "token": lease.token, "seconds": seconds}
        return bool(await self._database.write_once("renew_lease", values))

    async def renew_all(self, leases: Sequence[Lease], *, seconds: float) -> Sequence[Renewal]:
        """Renew several."""
        kept = [await self.renew(lease, seconds=seconds) for lease in leases]
        return ["kept" if is_kept else "lost" for is_kept in kept]

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        values = {"name": lease.name, "token": lease.token}
        await self._database.write_once("release_lease", values)

    async def release_all(self, leases: Sequence[Lease]) -> None:
        """Give several back."""
        for lease in leases:
            await self.release(lease)


def _acquire(name: str, holder: str, seconds: float) -> Work[Lease | None]:
    rows = yield "find_lease", {"name": name}
    token, until, now = rows[0] if rows else (0, 0.0, 0.0)
    if until > now:
        return None
    values = {"name": name, "holder": holder, "seconds": seconds, "expected": token}
    taken = yield "take_lease", values
    if not taken:
        return None  # somebody else took it since it was looked for
    return Lease(name=name, token=taken[0][0], previous=0 if until else token)
