"""Replies on their way, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kefu.gateway.records import Delivery
from kefu.storage.memory.records import Shelf

__all__ = ["MemoryDeliveries"]


class MemoryDeliveries:
    """Keeps deliveries; see :class:`kefu.gateway.ports.Deliveries`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def of_message(self, conversation_id: str, seq: int) -> Sequence[Delivery]:
        """Return the replies that message ``seq`` caused."""
        return [
            kept.delivery
            for kept in self._shelf.deliveries.values()
            if kept.delivery.conversation_id == conversation_id and kept.delivery.cause_seq == seq
        ]

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries due at ``now`` and hold them until ``until``."""
        due: list[Delivery] = []
        blocked: set[str] = set()
        for kept in self._shelf.deliveries.values():
            delivery = kept.delivery
            if delivery.state != "pending":
                continue
            if kept.retry_at > now:
                blocked.add(delivery.conversation_id)
            elif delivery.conversation_id not in blocked and len(due) < limit:
                due.append(delivery)
                kept.retry_at = until
        return due

    async def mark_sent(self, ids: Sequence[int], *, at: float) -> None:
        """Record that the channel accepted these."""
        for delivery_id in ids:
            kept = self._shelf.deliveries.get(delivery_id)
            if kept is not None and kept.delivery.state == "pending":
                attempts = kept.delivery.attempts + 1
                kept.delivery = replace(kept.delivery, state="sent", attempts=attempts, error=None)
                kept.retry_at = at

    async def mark_failed(self, delivery_id: int, *, error: str, retry_at: float | None) -> None:
        """Record a failed attempt."""
        kept = self._shelf.deliveries.get(delivery_id)
        if kept is not None and kept.delivery.state == "pending":
            kept.delivery = replace(
                kept.delivery,
                state="pending" if retry_at is not None else "failed",
                attempts=kept.delivery.attempts + 1,
                error=error,
            )
            kept.retry_at = retry_at or 0.0
