"""What channels and pages tell of replies that were sent: how far they got."""

from __future__ import annotations

from typing import Literal

from kefu.clock import Clock
from kefu.core.signals import Signal
from kefu.gateway.counters import Counters
from kefu.gateway.following import Following
from kefu.gateway.ports import Deliveries
from kefu.gateway.records import Delivery

__all__ = ["Reports"]

_KEPT_SECONDS = 3600.0
"""For how long a report waits for what the channel calls the delivery to be stored."""
_BATCH = 500


class Reports:
    """Moves deliveries on and tells whoever watches.

    A channel may report sooner than it is stored what it calls the delivery. Such reports are
    kept in the store, and looked at when this process has stored more, and in each round.
    """

    def __init__(
        self, deliveries: Deliveries, clock: Clock, counters: Counters, following: Following
    ) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._counters = counters
        self._following = following
        self._expects_early = False

    async def note(
        self,
        channel: str,
        reference: str,
        state: Literal["delivered", "read", "failed"],
        *,
        reason: str | None,
    ) -> bool:
        """Note what a channel reports of something sent; whether its state moved on now."""
        moved = await self._deliveries.report(
            channel, reference, state, reason=reason, at=self._clock.now()
        )
        if moved is None:
            self._expects_early = True
            return False
        self._tell(moved)
        return True

    async def seen(
        self,
        conversation_id: str,
        *,
        up_to: int,
        state: Literal["delivered", "read"],
        channel: str,
    ) -> None:
        """Note that the channel's deliveries up to place ``up_to`` have got so far."""
        await self._deliveries.seen(
            conversation_id, up_to=up_to, state=state, channel=channel, at=self._clock.now()
        )
        self._signal(conversation_id, state, up_to)

    async def settle_early(self) -> None:
        """Note what was reported too early, as far as it is known by now what it is about."""
        self._expects_early = False
        since = self._clock.now() - _KEPT_SECONDS
        for moved in await self._deliveries.settle_early_reports(since=since, limit=_BATCH):
            self._tell(moved)

    async def settle_expected(self) -> None:
        """Do so if something was reported here that was not known."""
        if self._expects_early:
            await self.settle_early()

    def _tell(self, moved: Delivery) -> None:
        if moved.state == "failed":
            self._counters.deliveries_given_up += 1
        self._signal(moved.conversation_id, moved.state, moved.seq)

    def _signal(self, conversation_id: str, state: str, up_to: int) -> None:
        signal = Signal(kind=state, by="customer", data={"up_to": up_to})
        self._following.signal_all(conversation_id, signal)
