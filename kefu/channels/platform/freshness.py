"""Refuses what is too old, and what was sent before.

A signature without a body (WeChat's plain mode) fits any body: whoever saw one address could post
under it for ever. So its timestamp must be recent, and its nonce stands for one body only. The
platform itself repeats a request that was not answered in time, within seconds and unchanged; these
few repeats pass, and are recognised as the same message further on.
"""

from __future__ import annotations

import json
from hashlib import sha256

from kefu.channels.base import ChannelState
from kefu.clock import Clock
from kefu.errors import Untrusted

__all__ = ["Freshness"]

WINDOW_SECONDS = 300.0
REPEAT_SECONDS = 60.0
MAX_SEEN = 6
"""The first, the platform's two repeats, and as many again for what was lost in between."""
ATTEMPTS = 8


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

    async def check(self, *, timestamp: str, nonce: str, body: bytes) -> None:
        """Take note of a request whose signature is right.

        Raises:
            Untrusted: ``stale``, or ``replayed``: the nonce was used for another body, too
                long ago, or too often.
        """
        self.check_time(timestamp)
        if not 0 < len(nonce) <= 128:
            raise Untrusted("malformed", "the nonce is missing or very long")
        key = f"nonce:{self._name}:{timestamp}:{nonce}"
        digest, now = sha256(body).hexdigest()[:32], self._clock.now()
        lives = 2 * self._window
        value = json.dumps([digest, now, 1])
        if await self._state.change(key, value, expected_version=0, expires_in=lives):
            return
        for _ in range(ATTEMPTS):
            seen = await self._state.get(key)
            if seen is None:
                return
            first, since, times = json.loads(seen.value)
            if first != digest or now - since > REPEAT_SECONDS or times >= MAX_SEEN:
                break
            value = json.dumps([first, since, times + 1])
            if await self._state.change(
                key, value, expected_version=seen.version, expires_in=lives
            ):
                return
        raise Untrusted("replayed", "this nonce was used before")
