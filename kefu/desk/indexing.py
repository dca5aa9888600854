"""Takes what was said into the search index, behind everything else that goes on."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Final, NoReturn

from kefu.core.leases import Lease, Leases
from kefu.desk.search_ports import IndexUpkeep
from kefu.errors import StorageError
from kefu.logs import fields

__all__ = ["LEASE", "Indexing"]

log = logging.getLogger(__name__)

LEASE: Final = "search"
LEASE_SECONDS: Final = 20.0
_RENEW_SECONDS = 5.0
_LOOK_SECONDS = 0.25
_BATCH = 100
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_MOST_OF_THE_TIME = 0.5
"""Share of the time that catching up with a long log takes at most."""


class Indexing:
    """Advances the index, in whichever process has the lease.

    Attributes:
        behind: Entries and changed customers that were not in the index when last looked.
        failures: How often the store did not take them; they are taken later.
    """

    def __init__(self, index: IndexUpkeep, leases: Leases) -> None:
        self._index = index
        self._leases = leases
        self._pause = _FIRST_PAUSE
        self.behind = 0
        self.failures = 0

    def measurements(self) -> dict[str, float]:
        """Return figures for ``/metrics``."""
        return {"search_behind": self.behind, "search_failures_total": self.failures}

    async def run(self) -> NoReturn:
        """Keep the index up to date whenever no other process does, until cancelled."""
        while True:
            try:
                lease = await self._leases.acquire(LEASE, seconds=LEASE_SECONDS)
                if lease is not None:
                    await self._run_under(lease)
            except StorageError as error:
                self.failures += 1
                told = fields(error=str(error), in_seconds=self._pause)
                log.warning("the search index was not kept up to date", extra=told)
                await asyncio.sleep(self._pause * random.uniform(0.7, 1.3))
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            else:
                await asyncio.sleep(LEASE_SECONDS / 8 * random.uniform(0.7, 1.3))

    async def _run_under(self, lease: Lease) -> None:
        """Advance until the lease is lost."""
        now = asyncio.get_running_loop().time
        renewed = looked = now()
        try:
            while True:
                begun = now()
                if begun - renewed > _RENEW_SECONDS:
                    renewed = begun
                    if not await self._leases.renew(lease, seconds=LEASE_SECONDS):
                        return
                is_more = await self._index.advance(_BATCH)
                self._pause = _FIRST_PAUSE
                if not is_more or begun - looked > _RENEW_SECONDS:
                    looked = begun
                    state = await self._index.state()
                    self.behind = max(0, state.end - state.cursor) + state.customers
                took = now() - begun
                await asyncio.sleep(
                    took * (1 / _MOST_OF_THE_TIME - 1) if is_more else _LOOK_SECONDS
                )
        finally:
            await self._leases.release(lease)
