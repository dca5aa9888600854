"""One enterprise at WeCom: what all parts of the channel work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from kefu.channels.base import ChannelContext
from kefu.channels.platform.quota import Allowance, QuotaLedger
from kefu.channels.wecom.api import WeComApi
from kefu.channels.wecom.sessions import CHANNEL, Sessions
from kefu.channels.wecom.settings import WeComSettings

__all__ = ["Enterprise"]

ALLOWANCES = {"message": Allowance(messages=5, seconds=48 * 3600.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """The account at the platform, and what is kept of it."""

    settings: WeComSettings
    context: ChannelContext
    api: WeComApi
    sessions: Sessions
    ledger: QuotaLedger
    """How many messages each customer may still be sent, by recipient."""

    @classmethod
    def from_settings(cls, settings: WeComSettings, context: ChannelContext) -> Self:
        """Build the parts; nothing is called yet."""
        state, clock = context.state, context.clock
        name = f"{CHANNEL}:{settings.corp_id}"
        return cls(
            settings=settings,
            context=context,
            api=WeComApi(settings, state=state, leases=context.leases, clock=clock),
            sessions=Sessions(state),
            ledger=QuotaLedger(state, clock, name=name, allowances=ALLOWANCES),
        )

    def now(self) -> float:
        """Return seconds since 1970."""
        return self.context.clock.now()

    def count(self, what: str, n: int = 1) -> None:
        """Count something for ``/metrics``."""
        self.context.counters.count(CHANNEL, what, n)
