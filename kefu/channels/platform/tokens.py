"""Access tokens: fetched by one process for all, renewed before they end.

The token stands in the channel state, where every process finds it; whoever sees that it ends soon,
or hears from the platform that it is worthless, fetches a new one under a lease. Who comes second
finds the new one. Nothing here writes a token or a secret to a log.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field, replace
from typing import Protocol

from kefu.channels.base import ChannelState, Leases, held
from kefu.clock import Clock
from kefu.errors import ChannelError
from kefu.logs import fields

__all__ = ["AccessTokens", "FetchToken", "Fetched"]

log = logging.getLogger(__name__)

MARGIN_SECONDS = 300.0
LEASE_SECONDS = 30.0
INSISTS = "the platform refuses the access token that it just gave"
WAIT_SECONDS = 40.0
FORCE_PAUSE_SECONDS = 30.0
"""After the first forced replacement of a day; twice as long after each further one."""
A_DAY = 86400.0
YOUNG_SECONDS, LEAST_SECONDS = 60.0, 10.0
"""A token that was just had is not asked for again, though it ends soon."""
HOPELESS_SECONDS = 5.0
"""For so long nobody asks again for another token than one the platform insists on."""


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
    had_at: float
    forced: tuple[float, ...] = ()
    """When replacements were forced, within a day."""

    def as_text(self) -> str:
        return json.dumps([self.token, self.ends, self.had_at, self.forced])

    @classmethod
    def of(cls, text: str) -> _Kept:
        token, ends, had_at, forced = json.loads(text)
        return cls(token, ends, had_at, tuple(forced))

    def is_good(self, now: float) -> bool:
        left = self.ends - now
        return left > MARGIN_SECONDS or (left > LEAST_SECONDS and now - self.had_at < YOUNG_SECONDS)

    def may_force(self, now: float) -> bool:
        """Whether the platform may be told to replace the token: it allows 20 times a day."""
        recent = [at for at in self.forced if now - at < A_DAY]
        return not recent or now - recent[-1] >= FORCE_PAUSE_SECONDS * 2.0 ** (len(recent) - 1)


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
        self._key = f"access_token:{name}"
        self._state = state
        self._leases = leases
        self._clock = clock
        self._kept = _NONE
        self._hopeless, self._hopeless_until = "", 0.0

    async def current(self) -> str:
        """Return a token that is good for some minutes at least.

        Raises:
            ChannelError: None can be had.
        """
        kept = self._kept
        if not kept.is_good(self._clock.now()):
            kept = await self._shared()
        if not kept.is_good(self._clock.now()):
            kept = await self._renew(worthless=None)
        self._kept = kept
        return kept.token

    async def instead_of(self, worthless: str) -> str:
        """Return another token than one the platform refused.

        The platform is asked what it holds good; only when that is the refused token is it told to
        replace it, which it allows a few times a day and not twice within 30 s: so every further
        time takes twice as long to come.

        Raises:
            ChannelError: None can be had.
        """
        kept = await self._shared()
        if kept.token == worthless or not kept.is_good(self._clock.now()):
            kept = await self._renew(worthless=worthless)
        self._kept = kept
        return kept.token

    async def _renew(self, *, worthless: str | None) -> _Kept:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await self._renew_alone(worthless)
        except TimeoutError as error:
            raise ChannelError("no access token was had in time") from error

    async def _renew_alone(self, worthless: str | None) -> _Kept:
        async with held(self._leases, self._key, seconds=LEASE_SECONDS):
            now, kept = self._clock.now(), await self._shared()
            if kept.token != worthless and kept.is_good(now):
                return kept
            if worthless is not None and self._hopeless == worthless and now < self._hopeless_until:
                raise ChannelError(INSISTS)
            fetched, forced = await self._fetch(force=False), kept.forced
            if fetched.token == worthless:
                if not kept.may_force(now):
                    self._hopeless, self._hopeless_until = worthless, now + HOPELESS_SECONDS
                    raise ChannelError(INSISTS)
                forced = (*(at for at in forced if now - at < A_DAY), now)
                await self._keep(replace(kept, forced=forced))
                fetched = await self._fetch(force=True)
            kept = _Kept(fetched.token, now + fetched.expires_in, now, forced)
            await self._keep(kept)
            log.info(
                "access token renewed",
                extra=fields(account=self._key, seconds=int(fetched.expires_in)),
            )
            return kept

    async def _keep(self, kept: _Kept) -> None:
        await self._state.put(self._key, kept.as_text(), expires_in=A_DAY)

    async def _shared(self) -> _Kept:
        stored = await self._state.get(self._key)
        return _NONE if stored is None else _Kept.of(stored.value)
