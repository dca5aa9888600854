"""Access tokens: fetched by one process for all, renewed before they end.

The token stands in the channel state, where every process finds it; whoever sees that it ends soon,
or hears from the platform that it is worthless, fetches a new one under a lease. Who comes second
finds the new one. Nothing here writes a token or a secret to a log.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Protocol

from kefu.channels.base import ChannelState, Leases, held
from kefu.clock import Clock
from kefu.errors import ChannelError
from kefu.logs import fields

__all__ = ["AccessTokens", "FetchToken", "Fetched"]

log = logging.getLogger(__name__)

MARGIN_SECONDS = 300.0
LEASE_SECONDS = 30.0
WAIT_SECONDS = 40.0
FORCE_PAUSE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the platform gave."""

    token: str = field(repr=False)
    expires_in: float
    """Seconds."""


class FetchToken(Protocol):
    """Asks the platform for a token."""

    async def __call__(self, *, force: bool) -> Fetched:
        """Return a token; with ``force``, a new one though the platform holds the old one good.

        Raises:
            ChannelError: The platform gives none.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str = field(repr=False)
    ends: float
    forced_at: float

    def as_text(self) -> str:
        return json.dumps([self.token, self.ends, self.forced_at])


_NONE = _Kept("", 0.0, 0.0)


class AccessTokens:
    """The access token of one account.

    Args:
        name: Channel and account, such as ``wechat:wx123``: the key of the shared token.
        fetch: Asks the platform.
        clock: Tells when a token ends.
    """

    def __init__(
        self,
        fetch: FetchToken,
        *,
        name: str,
        state: ChannelState,
        leases: Leases,
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._key = f"token:{name}"
        self._state = state
        self._leases = leases
        self._clock = clock
        self._kept = _NONE

    async def current(self) -> str:
        """Return a token that is good for some minutes at least.

        Raises:
            ChannelError: None can be had.
        """
        if not self._is_good(self._kept):
            self._kept = await self._shared()
        if not self._is_good(self._kept):
            await self._renew(worthless=None)
        return self._kept.token

    async def instead_of(self, worthless: str) -> str:
        """Return another token than one the platform refused.

        The platform is asked what it holds good; only when that is the refused token is it told to
        replace it, which it allows a few times a day and not twice within 30 s.

        Raises:
            ChannelError: None can be had.
        """
        self._kept = await self._shared()
        if self._kept.token == worthless or not self._is_good(self._kept):
            await self._renew(worthless=worthless)
        return self._kept.token

    async def _renew(self, *, worthless: str | None) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._renew_alone(worthless)
        except TimeoutError as error:
            raise ChannelError("no access token was had in time") from error

    async def _renew_alone(self, worthless: str | None) -> None:
        async with held(self._leases, self._key, seconds=LEASE_SECONDS):
            kept = await self._shared()
            if kept.token != worthless and self._is_good(kept):
                self._kept = kept
                return
            fetched, forced_at = await self._fetch(force=False), kept.forced_at
            if fetched.token == worthless:
                if self._clock.now() - kept.forced_at < FORCE_PAUSE_SECONDS:
                    raise ChannelError("the platform refuses the access token that it just gave")
                fetched, forced_at = await self._fetch(force=True), self._clock.now()
            self._kept = _Kept(fetched.token, self._clock.now() + fetched.expires_in, forced_at)
            await self._state.put(self._key, self._kept.as_text(), expires_in=86400.0)
            log.info(
                "access token renewed",
                extra=fields(account=self._key, seconds=int(fetched.expires_in)),
            )

    async def _shared(self) -> _Kept:
        stored = await self._state.get(self._key)
        return _NONE if stored is None else _Kept(*json.loads(stored.value))

    def _is_good(self, kept: _Kept) -> bool:
        return kept.ends - self._clock.now() > MARGIN_SECONDS
