"""What a gateway works with: made once, before anything is let in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kefu.clock import Clock, SystemClock
from kefu.gateway.counters import Counters
from kefu.gateway.following import Following
from kefu.gateway.lanes import Lanes
from kefu.gateway.live import LiveConversations
from kefu.gateway.loading import Loading
from kefu.gateway.outbox import Outbox
from kefu.gateway.ports import Follower, Sender, Stores
from kefu.gateway.reports import Reports
from kefu.gateway.settings import GatewaySettings
from kefu.gateway.sharing import Sharing
from kefu.gateway.turn_leases import TurnLeases
from kefu.gateway.turns import Turns

__all__ = ["Workings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workings:
    """Lanes and turns, what follows a commit, and how to get along with other processes."""

    stores: Stores
    clock: Clock
    settings: GatewaySettings
    counters: Counters
    senders: dict[str, Sender]
    """By channel; more are added as channels are connected."""
    following: Following
    leases: TurnLeases | None
    """With :attr:`sharing`; None, and there are no other processes."""
    sharing: Sharing | None
    lanes: Lanes
    turns: Turns
    reports: Reports
    outbox: Outbox

    @classmethod
    def of(
        cls,
        stores: Stores,
        *,
        clock: Clock | None,
        settings: GatewaySettings | None,
        followers: Sequence[Follower],
        handoff: Follower | None,
    ) -> Workings:
        """Return the workings of a gateway; its arguments are these."""
        clock, settings, counters = (
            clock or SystemClock(),
            settings or GatewaySettings(),
            Counters(),
        )
        senders: dict[str, Sender] = {}
        following = Following(counters, followers, handoff)
        leases, sharing = _shared(stores, settings, counters, following)
        live = LiveConversations(max_count=settings.max_live, max_bytes=settings.max_live_bytes)
        loading = Loading(stores, live, counters, leases=leases)
        reports = Reports(stores.deliveries, clock, counters, following)
        return cls(
            stores=stores,
            clock=clock,
            settings=settings,
            counters=counters,
            senders=senders,
            following=following,
            leases=leases,
            sharing=sharing,
            lanes=Lanes(
                max_running=settings.max_running, max_waiting=settings.max_waiting, guard=leases
            ),
            turns=Turns(stores, clock, counters, loading=loading, settings=settings),
            reports=reports,
            outbox=Outbox(
                stores,
                senders,
                clock,
                counters,
                hold=settings.delivery_hold,
                noted=reports.settle_expected,
            ),
        )


def _shared(
    stores: Stores, settings: GatewaySettings, counters: Counters, following: Following
) -> tuple[TurnLeases, Sharing] | tuple[None, None]:
    """Get along with the other processes, if there are any."""
    if stores.shared is None:
        return None, None
    sharing = Sharing(stores.shared, stores.conversations, following)
    following.tell_others = sharing.publish_commit
    following.signal_others = sharing.publish_signal
    leases = TurnLeases(
        stores.shared,
        counters,
        seconds=settings.lease_seconds,
        kept_seconds=settings.kept_lease_seconds,
    )
    return leases, sharing
