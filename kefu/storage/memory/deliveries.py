"""Replies on their way, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.gateway.records import HELD, Delivery, DeliveryState
from kefu.storage.memory.records import EarlyReport, Shelf

__all__ = ["MemoryDeliveries"]

_REPORTED_FROM: Final[dict[str, frozenset[DeliveryState]]] = {
    "delivered": frozenset({"sent"}),
    "read": frozenset({"sent", "delivered"}),
    "failed": frozenset({"sent", "delivered"}),
}
"""State reported -> states that it follows."""


class MemoryDeliveries:
    """Keeps deliveries; see :class:`kefu.gateway.ports.Deliveries`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def of_message(self, conversation_id: str, seq: int) -> Sequence[Delivery]:
        """Return the replies that message ``seq`` caused."""
        kept = self._shelf.conversations.get(conversation_id)
        cause = seq if kept is None else kept.answered_with.get(seq, seq)
        return [
            delivery
            for delivery in self._shelf.deliveries.values()
            if delivery.conversation_id == conversation_id and delivery.cause_seq == cause
        ]

    async def between(self, conversation_id: str, *, first: int, last: int) -> Sequence[Delivery]:
        """Return the deliveries of what stands at these places of a log."""
        return [
            delivery
            for delivery in self._shelf.deliveries.values()
            if delivery.conversation_id == conversation_id and first <= delivery.seq <= last
        ]

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries due at ``now`` and hold them until ``until``."""
        due: list[Delivery] = []
        blocked: set[tuple[str, str]] = set()
        for delivery in self._shelf.deliveries.values():
            if delivery.state != "pending":
                continue
            if delivery.retry_at > now:
                blocked.add(delivery.line)
            elif delivery.line not in blocked and len(due) < limit:
                due.append(delivery)
        for delivery in due:
            self._set(delivery, retry_at=until)
        return due

    async def mark_sent(self, sent: Mapping[int, str | None], *, at: float) -> None:
        """Record that the channel accepted these."""
        for number, reference in sent.items():
            delivery = self._pending(number)
            if delivery is not None:
                self._set(
                    delivery,
                    state="sent",
                    attempts=delivery.attempts + 1,
                    error=None,
                    settled_at=at,
                    reference=reference,
                )

    async def mark_failed(
        self, delivery_id: int, *, error: str, retry_at: float | None, at: float
    ) -> None:
        """Record a failed attempt."""
        delivery = self._pending(delivery_id)
        if delivery is not None:
            self._set(
                delivery,
                state="pending" if retry_at is not None else "failed",
                attempts=delivery.attempts + 1,
                error=error,
                retry_at=retry_at or 0.0,
                settled_at=at if retry_at is None else None,
            )

    async def hold(self, delivery_id: int, *, error: str) -> None:
        """Keep a delivery pending until it is released."""
        delivery = self._pending(delivery_id)
        if delivery is not None:
            self._set(delivery, error=error, retry_at=HELD)

    async def release(self, conversation_id: str, *, at: float) -> int:
        """Let what is held of a conversation be due."""
        pending = [
            delivery
            for delivery in self._shelf.deliveries.values()
            if delivery.conversation_id == conversation_id and delivery.state == "pending"
        ]
        is_held: set[str] = set()
        held = []
        for one in pending:
            if one.retry_at >= HELD:
                is_held.add(one.channel)
            if one.channel in is_held:
                held.append(one)
        for delivery in held:
            self._set(delivery, retry_at=at, error=None)
        return len(held)

    async def report(
        self, channel: str, reference: str, state: DeliveryState, *, reason: str | None, at: float
    ) -> Delivery | None:
        """Record what the channel says of a delivery."""
        report = EarlyReport(channel, reference, state, reason, at)
        if self._is_early(report):
            self._shelf.early_reports.setdefault((channel, reference, state), report)
            return None
        return self._move_on(report)

    async def settle_early_reports(self, *, since: float, limit: int) -> Sequence[Delivery]:
        """Record what was reported before the reference was stored; forget what is older."""
        early = self._shelf.early_reports
        ordered = sorted(early.values(), key=lambda report: (report.at, report.state))
        known = [report for report in ordered if not self._is_early(report)][:limit]
        moved = [self._move_on(report) for report in known]
        for key, report in list(early.items()):
            if report in known or report.at < since:
                del early[key]
        return [delivery for delivery in moved if delivery is not None]

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
        moving = [
            delivery
            for delivery in self._shelf.deliveries.values()
            if (delivery.conversation_id, delivery.channel) == (conversation_id, channel)
            and delivery.channel != "rest"
            and delivery.seq <= up_to
            and delivery.state in _REPORTED_FROM[state]
        ]
        for delivery in moving:
            self._set(delivery, state=state, settled_at=at)
        return len(moving)

    async def find(self, delivery_id: int) -> Delivery | None:
        """Return a delivery."""
        return self._shelf.deliveries.get(delivery_id)

    async def listed(
        self, state: DeliveryState | None, *, after: int = 0, limit: int = 100
    ) -> Sequence[Delivery]:
        """Return a page of deliveries."""
        found = [
            delivery
            for delivery in self._shelf.deliveries.values()
            if delivery.id > after and state in {None, delivery.state}
        ]
        return found[:limit]

    async def send_again(self, delivery_id: int, *, at: float) -> bool:
        """Let a delivery that was given up be pending and due."""
        delivery = self._shelf.deliveries.get(delivery_id)
        if delivery is None or delivery.state != "failed":
            return False
        self._set(
            delivery,
            state="pending",
            attempts=0,
            error=None,
            retry_at=at,
            settled_at=None,
            reference=None,
        )
        return True

    def _is_early(self, report: EarlyReport) -> bool:
        return not any(map(report.is_about, self._shelf.deliveries.values()))

    def _move_on(self, report: EarlyReport) -> Delivery | None:
        for delivery in self._shelf.deliveries.values():
            if report.is_about(delivery) and delivery.state in _REPORTED_FROM[report.state]:
                error = (report.reason or "") if report.state == "failed" else delivery.error
                return self._set(delivery, state=report.state, error=error, settled_at=report.at)
        return None

    def _pending(self, delivery_id: int) -> Delivery | None:
        delivery = self._shelf.deliveries.get(delivery_id)
        return delivery if delivery is not None and delivery.state == "pending" else None

    def _set(self, delivery: Delivery, **changes: Any) -> Delivery:
        changed = replace(delivery, **changes)
        self._shelf.deliveries[delivery.id] = changed
        return changed
