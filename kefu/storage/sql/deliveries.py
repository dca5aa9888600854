"""Replies on their way, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.records import Delivery
from kefu.storage.sql.work import Database, Rows, Work

__all__ = ["SqlDeliveries"]


class SqlDeliveries:
    """Keeps deliveries; see :class:`kefu.gateway.ports.Deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_message(self, conversation_id: str, seq: int) -> Sequence[Delivery]:
        """Return the replies that message ``seq`` caused."""
        return await self._database.read(lambda: _of_message(conversation_id, seq))

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries due at ``now`` and hold them until ``until``."""
        return await self._database.write(lambda: _claim_due(now, until, limit))

    async def mark_sent(self, ids: Sequence[int], *, at: float) -> None:
        """Record that the channel accepted these."""
        await self._database.write(lambda: _mark_sent(ids, at))

    async def mark_failed(self, delivery_id: int, *, error: str, retry_at: float | None) -> None:
        """Record a failed attempt."""
        await self._database.write(lambda: _mark_failed(delivery_id, error, retry_at))


def _deliveries(rows: Rows) -> list[Delivery]:
    return [
        Delivery(
            id=row[0],
            conversation_id=row[1],
            cause_seq=row[2],
            channel=row[3],
            body=row[4],
            state=row[5],
            attempts=row[6],
            error=row[7],
        )
        for row in rows
    ]


def _of_message(conversation_id: str, seq: int) -> Work[Sequence[Delivery]]:
    return _deliveries(
        (yield "deliveries_of_message", {"conversation_id": conversation_id, "seq": seq})
    )


def _claim_due(now: float, until: float, limit: int) -> Work[Sequence[Delivery]]:
    due = _deliveries((yield "due_deliveries", {"now": now, "limit": limit}))
    if due:
        yield "hold_delivery", [{"id": delivery.id, "until": until} for delivery in due]
    return due


def _mark_sent(ids: Sequence[int], at: float) -> Work[None]:
    yield "delivery_sent", [{"id": delivery_id, "at": at} for delivery_id in ids]


def _mark_failed(delivery_id: int, error: str, retry_at: float | None) -> Work[None]:
    yield (
        "delivery_failed",
        {
            "id": delivery_id,
            "state": "failed" if retry_at is None else "pending",
            "error": error,
            "retry_at": retry_at or 0.0,
        },
    )
