"""Refuses what is too old, and what was sent before.

A signature without a body (WeChat's plain mode) fits any body: whoever saw one address could post
under it for ever. So its timestamp must be recent, and its nonce stands for one body only. The
platform itself repeats a request that was not answered in time, within seconds and unchanged; these
few repeats pass, and are recognised as the same message further on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from kefu.channels.base import ChannelState, StateChange
from kefu.clock import Clock
from kefu.errors import Untrusted

__all__ = ["Freshness", "Stamp"]

WINDOW_SECONDS = 300.0
REPEAT_SECONDS = 60.0
MAX_SEEN = 6
"""The first, the platform's two repeats, and as many again for what was lost in between."""
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a request is told from others."""

    timestamp: str
    nonce: str
    digest: str
    """Of its body."""

    @classmethod
    def of(cls, timestamp: str, nonce: str, body: bytes) -> Stamp:
        """Return the stamp of a request."""
        return cls(timestamp, nonce, sha256(body).hexdigest()[:32])


class Freshness:
    """Remembers, for all processes, what was seen under which nonce.

    Args:
        name: Channel and account, so that accounts do not meet.
        window: Seconds that a timestamp may be away from the clock, into both directions.
    """

    def __init__(
        self, state: ChannelState, clock: Clock, *, name: str, window: float = WINDOW_SECONDS
    ) -> None:
        self._state = state
        self._clock = clock
        self._name = name
        self._window = window

    def check_time(self, timestamp: str) -> None:
        """Compare a timestamp with the clock.

        Raises:
            Untrusted: ``stale``: it is no number of seconds, or too far away.
        """
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
            raise Untrusted("stale", "the timestamp is no number of seconds")
        if abs(self._clock.now() - int(timestamp)) > self._window:
            raise Untrusted("stale", "the timestamp is too far from this machine's clock")

    async def noting(self, stamp: Stamp) -> StateChange:
        """Return what notes a request whose signature is right; it has to be written.

        Whoever writes it in the transaction that keeps what the request says has both or neither.
        When it cannot be written, another process has just noted the same nonce: ask again.

        Raises:
            Untrusted: ``stale``, or ``replayed``: the nonce was used for another body, too
                long ago, or too often.
        """
        self.check_time(stamp.timestamp)
        if not 0 < len(stamp.nonce) <= 128:
            raise Untrusted("malformed", "the nonce is missing or very long")
        key = f"nonce:{self._name}:{stamp.timestamp}:{stamp.nonce}"
        now, lives = self._clock.now(), 2 * self._window
        seen = await self._state.get(key)
        if seen is None:
            return StateChange(key, json.dumps([stamp.digest, now, 1]), 0, lives)
        first, since, times = json.loads(seen.value)
        if first != stamp.digest or now - since > REPEAT_SECONDS or times >= MAX_SEEN:
            raise Untrusted("replayed", "this nonce was used before")
        return StateChange(key, json.dumps([first, since, times + 1]), seen.version, lives)

    async def check(self, stamp: Stamp) -> None:
        """Take note of a request at once.

        Raises:
            Untrusted: As for :meth:`noting`.
        """
        for _ in range(ATTEMPTS):
            change = await self.noting(stamp)
            if await self._state.change(
                change.key,
                change.value,
                expected_version=change.expected_version,
                expires_in=change.expires_in,
            ):
                return
        raise Untrusted("replayed", "this nonce is used by many at once")
