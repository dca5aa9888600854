"""Replies on their way, in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kefu.gateway.records import HELD, Delivery, DeliveryState
from kefu.storage.sql.work import Database, Rows, Step, Work

__all__ = ["SqlDeliveries"]


class SqlDeliveries:
    """Keeps deliveries; see :class:`kefu.gateway.ports.Deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_message(self, conversation_id: str, seq: int) -> Sequence[Delivery]:
        """Return the replies that message ``seq`` caused."""
        values = {"conversation_id": conversation_id, "seq": seq}
        return await self._read("deliveries_of_message", values)

    async def between(self, conversation_id: str, *, first: int, last: int) -> Sequence[Delivery]:
        """Return the deliveries of what stands at these places of a log."""
        values = {"conversation_id": conversation_id, "first": first, "last": last}
        return await self._read("deliveries_between", values)

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries due at ``now`` and hold them until ``until``."""
        return await self._database.write(lambda: _claim_due(now, until, limit))

    async def mark_sent(self, sent: Mapping[int, str | None], *, at: float) -> None:
        """Record that the channel accepted these."""
        if sent:
            values = [
                {"id": number, "at": at, "reference": sent[number]} for number in sorted(sent)
            ]
            await self._database.write_once("delivery_sent", values)

    async def mark_failed(
        self, delivery_id: int, *, error: str, retry_at: float | None, at: float
    ) -> None:
        """Record a failed attempt."""
        values = {
            "id": delivery_id,
            "state": "failed" if retry_at is None else "pending",
            "error": error,
            "retry_at": retry_at or 0.0,
            "settled_at": at if retry_at is None else None,
        }
        await self._database.write(lambda: _do("delivery_failed", values))

    async def hold(self, delivery_id: int, *, error: str) -> None:
        """Keep a delivery pending until it is released."""
        values = {"id": delivery_id, "error": error, "until": HELD}
        await self._database.write(lambda: _do("delivery_held", values))

    async def release(self, conversation_id: str, *, at: float) -> int:
        """Let what is held of a conversation be due."""
        values = {"conversation_id": conversation_id, "held": HELD, "at": at}
        return await self._database.write(lambda: _count("release_deliveries", values))

    async def report(
        self, channel: str, reference: str, state: DeliveryState, *, reason: str | None, at: float
    ) -> Delivery | None:
        """Record what the channel says of a delivery."""
        values = {
            "channel": channel,
            "reference": reference,
            "state": state,
            "reason": reason or "",
            "at": at,
        }
        return await self._database.write(lambda: _report(values))

    async def settle_early_reports(self, *, since: float, limit: int) -> Sequence[Delivery]:
        """Record what was reported before the reference was stored; forget what is older."""
        if not await self._database.rows("any_early_report", {}):
            return []
        return await self._database.write(lambda: _settle_early_reports(since, limit))

    async def seen(
        self,
        conversation_id: str,
        *,
        up_to: int,
        state: DeliveryState,
        channel: str,
        at: float,
    ) -> int:
        """Let deliveries up to a place be delivered or read."""
        values = {
            "conversation_id": conversation_id,
            "up_to": up_to,
            "state": state,
            "channel": channel,
            "at": at,
        }
        return await self._database.write(lambda: _count("seen_deliveries", values))

    async def find(self, delivery_id: int) -> Delivery | None:
        """Return a delivery."""
        found = await self._read("find_delivery", {"id": delivery_id})
        return found[0] if found else None

    async def listed(
        self, state: DeliveryState | None, *, after: int = 0, limit: int = 100
    ) -> Sequence[Delivery]:
        """Return a page of deliveries."""
        name = "list_deliveries" if state is None else f"list_{state}_deliveries"
        return await self._read(name, {"after": after, "limit": limit})

    async def send_again(self, delivery_id: int, *, at: float) -> bool:
        """Let a delivery that was given up be pending and due."""
        values = {"id": delivery_id, "at": at}
        return await self._database.write(lambda: _count("send_delivery_again", values)) > 0

    async def _read(self, name: str, values: Mapping[str, Any]) -> list[Delivery]:
        return await self._database.read(lambda: _list((name, values)))


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
            recipient=row[8],
            seq=row[9],
            reference=row[10],
            created_at=row[11],
            settled_at=row[12],
            retry_at=row[13],
        )
        for row in rows
    ]


def _list(step: Step) -> Work[list[Delivery]]:
    return _deliveries((yield step))


def _claim_due(now: float, until: float, limit: int) -> Work[Sequence[Delivery]]:
    found = _deliveries((yield "due_deliveries", {"now": now, "limit": limit}))
    due = yield from _without_gaps(found)
    if due:
        yield "hold_delivery", [{"id": delivery.id, "until": until} for delivery in due]
    return due


def _report(values: Mapping[str, Any]) -> Work[Delivery | None]:
    moved = yield from _move_on(values)
    if moved is not None:
        return moved
    if (yield "has_reference", values):  # stored just now, perhaps
        return (yield from _move_on(values))
    yield "add_early_report", values
    return None


def _move_on(values: Mapping[str, Any]) -> Work[Delivery | None]:
    rows = yield f"report_{values['state']}", values
    if not rows:
        return None
    return _deliveries((yield "find_delivery", {"id": rows[0][0]}))[0]


def _settle_early_reports(since: float, limit: int) -> Work[list[Delivery]]:
    moved: list[Delivery] = []
    for channel, reference, state, reason, at in (yield "early_reports", {"limit": limit}):
        key = {"channel": channel, "reference": reference, "state": state}
        delivery = yield from _move_on({**key, "reason": reason, "at": at})
        moved += [] if delivery is None else [delivery]
        yield "drop_early_report", key
    yield "drop_old_early_reports", {"before": since}
    return moved


def _do(name: str, values: Mapping[str, Any] | list[Mapping[str, Any]]) -> Work[None]:
    yield name, values


def _count(name: str, values: Mapping[str, Any]) -> Work[int]:
    return len((yield name, values))


def _without_gaps(found: list[Delivery]) -> Work[list[Delivery]]:
    """Leave out what comes behind a delivery that another process is claiming just now."""
    claimed = {delivery.id for delivery in found}
    allowed: set[int] = set()
    for conversation_id, channel in {delivery.line for delivery in found}:
        of_line = {"conversation_id": conversation_id, "channel": channel}
        for (number,) in (yield "pending_ids", of_line):
            if number not in claimed:
                break
            allowed.add(number)
    return [delivery for delivery in found if delivery.id in allowed]
