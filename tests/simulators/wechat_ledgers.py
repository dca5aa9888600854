"""The books the WeChat platform keeps: who may be written to how often, and which tokens live."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from tests.simulators.times import Time

__all__ = ["Rules", "SendLedger", "TokenBook"]

HOURS = 3600.0


@dataclass(kw_only=True)
class Rules:
    """The platform's figures; seconds, bytes and counts."""

    answer_within: float = 5.0
    tries: int = 3
    retry_pause: float = 0.0
    """Between a connection that broke at once and the next try."""
    token_lifetime: int = 7200
    token_early: int = 300
    """A stable token this close to its end is replaced; both are good meanwhile."""
    token_grace: int = 300
    """How long the old token of ``/token`` outlives a new one."""
    forced_refreshes_a_day: int = 20
    forced_refresh_pause: int = 30
    text_bytes: int = 2048
    media_lifetime: float = 72 * HOURS
    calls_a_minute: int = 10_000
    windows: dict[str, tuple[int, float]] = field(
        default_factory=lambda: {
            "message": (5, 48 * HOURS),
            "click": (3, 60.0),
            "follow": (3, 60.0),
            "scan": (3, 60.0),
            "enter": (2, 60.0),
        }
    )
    """What a customer's act allows: messages, and within how many seconds."""


@dataclass
class _Window:
    ends: float
    left: int


class SendLedger:
    """Who may be sent how many messages until when.

    Each kind of act opens its own window, anew with each act. A message that is sent is taken
    from the window that ends first.
    """

    def __init__(self, rules: Rules, time: Time) -> None:
        self._rules, self._time = rules, time
        self._windows: defaultdict[str, dict[str, _Window]] = defaultdict(dict)

    def opened_by(self, openid: str, act: str) -> None:
        count, seconds = self._rules.windows[act]
        self._windows[openid][act] = _Window(self._time.now() + seconds, count)

    def close(self, openid: str) -> None:
        self._windows.pop(openid, None)

    def left(self, openid: str) -> int:
        return sum(window.left for window in self._open(openid))

    def take(self, openid: str) -> int:
        """Take one message; the result is 0 or the platform's error code."""
        windows = self._open(openid)
        if not windows:
            return 45015
        for window in windows:
            if window.left:
                window.left -= 1
                return 0
        return 45047

    def _open(self, openid: str) -> list[_Window]:
        now = self._time.now()
        known = self._windows.get(openid, {}).values()
        return sorted((w for w in known if w.ends > now), key=lambda window: window.ends)


class TokenBook:
    """The access tokens that were issued and until when each is good."""

    def __init__(self, rules: Rules, time: Time, random: Random) -> None:
        self._rules, self._time, self._random = rules, time, random
        self._ends: dict[str, float] = {}
        self._stable = self._classic = ""
        self._forced: list[float] = []
        self.issued = 0

    def stable(self, *, force: bool) -> tuple[str, int] | int:
        """Return the stable token with its seconds left, or an error code."""
        now = self._time.now()
        left = self._ends.get(self._stable, 0) - now
        if force:
            self._forced = [at for at in self._forced if at > now - 24 * HOURS]
            if len(self._forced) >= self._rules.forced_refreshes_a_day:
                return 45009
            if not self._forced or now - self._forced[-1] >= self._rules.forced_refresh_pause:
                self._forced.append(now)
                self._ends.pop(self._stable, None)
                left = 0
        if left <= self._rules.token_early:
            self._stable = self._new()
            left = self._rules.token_lifetime
        return self._stable, int(left)

    def classic(self) -> tuple[str, int]:
        """Return a new token of ``/token``; the one before it dies soon."""
        if self._classic in self._ends:
            grace = self._time.now() + self._rules.token_grace
            self._ends[self._classic] = min(self._ends[self._classic], grace)
        self._classic = self._new()
        return self._classic, self._rules.token_lifetime

    def check(self, token: str) -> int:
        """Return 0 for a good token, else the platform's error code."""
        if not token:
            return 41001
        if token not in self._ends:
            return 40001 if token.startswith("T") else 40014
        return 0 if self._ends[token] > self._time.now() else 42001

    def revoke(self) -> None:
        """Make every token worthless, as a forced refresh elsewhere or a new secret does."""
        self._ends.clear()
        self._stable = self._classic = ""

    def _new(self) -> str:
        self.issued += 1
        token = f"T{self.issued}_" + "".join(self._random.choices("abcdef0123456789", k=500))
        self._ends[token] = self._time.now() + self._rules.token_lifetime
        return token
