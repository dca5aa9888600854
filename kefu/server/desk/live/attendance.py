"""Tells the desk which agents have a line here."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Final

from kefu.clock import Clock
from kefu.desk.presence import BEAT_SECONDS, Presence
from kefu.errors import Conflict, DeskError, StorageError
from kefu.logs import fields

__all__ = ["Attendance"]

log = logging.getLogger(__name__)

_SLACK: Final = 0.5


class Attendance:
    """Counts the lines of each agent: the first connects them, the last disconnects them."""

    def __init__(self, presence: Presence, clock: Clock) -> None:
        self._presence = presence
        self._clock = clock
        self._lines: Counter[str] = Counter()
        self._told: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._beat_at = 0.0

    async def come(self, agent_id: str) -> None:
        """Take note of a line."""
        self._lines[agent_id] += 1
        await self._settle(agent_id)

    async def go(self, agent_id: str) -> None:
        """Take note that a line has ended."""
        self._lines[agent_id] -= 1
        if self._lines[agent_id] <= 0:
            del self._lines[agent_id]
        await self._settle(agent_id)

    async def beat(self) -> None:
        """Say that those who have a line here are still there, if that is due."""
        now = self._clock.now()
        if now - self._beat_at < BEAT_SECONDS - _SLACK:
            return
        self._beat_at = now
        for agent_id in [one for one in self._lines if one not in self._told]:
            await self._settle(agent_id)
        if self._told:
            await self._presence.beat(frozenset(self._told))

    async def _settle(self, agent_id: str) -> None:
        async with self._one_at_a_time:
            is_here = agent_id in self._lines
            if is_here == (agent_id in self._told):
                return
            try:
                if is_here:
                    await self._presence.connect(agent_id)
                    self._told.add(agent_id)
                else:
                    self._told.discard(agent_id)
                    await self._presence.disconnect(agent_id)
            except (Conflict, DeskError, StorageError) as error:
                # Who came is told with the next beat; who left is missed soon.
                where = fields(agent_id=agent_id, error=str(error))
                log.info("an agent's coming or going was not noted", extra=where)
