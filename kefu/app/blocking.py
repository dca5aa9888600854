"""Whose messages are not taken: what the desk's library says, for the door."""

from __future__ import annotations

import asyncio
from typing import Final

from kefu.clock import Clock
from kefu.customers.ports import CustomerRecords
from kefu.desk.library.blocks import BlockList, Blocks

__all__ = ["BlockedSenders"]

_FRESH_SECONDS: Final = 1.0


class BlockedSenders:
    """Knows who is blocked; see :class:`kefu.gateway.ports.Blocked`.

    A change counts at once in the process that makes it, and after a second at most in others.
    Beyond a look for changes each second a message costs nothing, unless a customer is blocked:
    then it takes a look at whose it is.
    """

    def __init__(self, blocks: Blocks, customers: CustomerRecords, clock: Clock) -> None:
        self._blocks = blocks
        self._customers = customers
        self._clock = clock
        self._list = BlockList()
        self._read_at: float | None = None
        self._changes = 0
        self._reading = asyncio.Lock()

    def look_again(self) -> None:
        """Take note that the list was changed here."""
        self._read_at = None
        self._changes += 1

    async def is_blocked(self, conversation_id: str, sender: str) -> bool:
        """Whether messages of a sender, known as ``conversation_id``, are not taken."""
        now = self._clock.now()
        if not self._is_fresh(now):
            async with self._reading:
                if not self._is_fresh(now):
                    changes = self._changes
                    self._list = await self._blocks.current()
                    self._read_at = now if changes == self._changes else None
        blocked = self._list
        if any(blocked.is_blocked(one, now) for one in (conversation_id, sender)):
            return True
        if not blocked.has_customers:
            return False
        customer = await self._customers.at(conversation_id)
        if customer is None:
            return False
        # Whoever is blocked stays so when they turn out to be somebody else as well.
        family = await self._customers.family(customer.customer_id)
        names = {customer.customer_id, *(one.customer_id for one in family)}
        return any(blocked.is_blocked("", now, customer=name) for name in names)

    def _is_fresh(self, now: float) -> bool:
        return self._read_at is not None and now - self._read_at < _FRESH_SECONDS
