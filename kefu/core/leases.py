"""Leases: who of several processes may do something, until when.

A lease is held for some seconds at most, so that a process which dies gives up what it held by
doing nothing. It is not a lock to rely on blindly: a process that sleeps too long loses it without
noticing. Who writes under a lease therefore writes with a compare-and-set too.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from kefu.errors import StorageError

__all__ = ["Lease", "Leases", "Renewal", "held"]

Renewal: TypeAlias = Literal["kept", "wanted", "lost"]
"""What became of a lease that was to be renewed. It is kept as well when it is ``wanted``: somebody
has tried for it in vain. Not every place where leases are kept knows of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to do something alone, for a while."""

    name: str
    token: int
    """Grows from one lease of the name to the next: what bears a lower token is late."""
    previous: int = 0
    """Token of the lease before this one if that was given back in order; 0 if its holder died,
    or nobody knows."""


class Leases(Protocol):
    """Hands out leases, each name to one holder at a time."""

    async def acquire(self, name: str, *, seconds: float) -> Lease | None:
        """Return a lease that lasts ``seconds``; None if somebody else has it.

        Raises:
            Unavailable: Who keeps the leases cannot be reached.
        """
        ...

    async def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Let ``lease`` last ``seconds`` from now; False if it is lost."""
        ...

    async def renew_all(self, leases: Sequence[Lease], *, seconds: float) -> Sequence[Renewal]:
        """Renew several; tell of each what became of it."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give ``lease`` back; nothing happens when it is lost already."""
        ...

    async def release_all(self, leases: Sequence[Lease]) -> None:
        """Give several back."""
        ...


@asynccontextmanager
async def held(leases: Leases, name: str, *, seconds: float = 10.0) -> AsyncIterator[Lease]:
    """Wait until the lease of ``name`` is had and keep it for the length of the block.

    It is renewed in time. Should it be lost all the same, the block goes on: what it writes has
    to be a compare-and-set.

    Raises:
        Unavailable: Who keeps the leases cannot be reached.
    """
    pause = 0.02
    while (lease := await leases.acquire(name, seconds=seconds)) is None:
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(2 * pause, seconds / 10)
    renewing = asyncio.get_running_loop().create_task(_keep(leases, lease, seconds))
    try:
        yield lease
    finally:
        renewing.cancel()
        await asyncio.wait([renewing])
        await leases.release(lease)


async def _keep(leases: Leases, lease: Lease, seconds: float) -> None:
    is_ours = True
    while is_ours:
        await asyncio.sleep(seconds / 3)
        try:
            is_ours = await leases.renew(lease, seconds=seconds)
        except StorageError:
            continue  # it may still be had by the next time
