"""How long somebody in line will wait, from what was seen lately.

With all places of the agents taken, whoever stands at position p gets one after p of them became
free. Each place becomes free at the rate r at which conversations ended lately: so many ends for so
many seconds that conversations were open, counting the open ones too, without which a desk full of
endless conversations would look quick (the maximum-likelihood rate of censored durations). With c
places the expected wait is

    p / (c * r),

which for exponential durations is the wait of M/M/c given the length of the line, and for durations
of any distribution the mean of a superposition of stationary renewal processes (Cox, Renewal
Theory, 1962, ch. 6: the expected number of renewals in t is t over the mean, however they are
distributed). Places that are free now are taken at once by those in front.

An estimate is said only when enough was seen, and when somebody is there to answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["Handled", "Places", "expected_wait", "release_rate"]

LONGEST_LOOK: Final = 7 * 86_400.0
"""What ended longer ago says nothing of today."""
MOST_ENDS: Final = 100
"""Only so many of the latest ends count: a desk changes within the day."""
FEWEST_ENDS: Final = 5


@dataclass(frozen=True, slots=True)
class Handled:
    """A conversation that an agent had."""

    seconds: float
    """How long it was open."""
    ended_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the agents who accept conversations have room for."""

    agents: int
    """How many accept."""
    in_all: int
    """Their maxima together."""
    free: int = 0
    ages: tuple[float, ...] = ()
    """How long their open conversations are open, in seconds."""


def release_rate(handled: Iterable[Handled], ages: Iterable[float], now: float) -> float | None:
    """Return how often a taken place becomes free, per second; None: too little was seen.

    Args:
        handled: Conversations that ended, in any order.
        ages: How long those are open that did not.
        now: In seconds since the epoch.
    """
    seen = sorted(
        (each for each in handled if now - LONGEST_LOOK < each.ended_at <= now),
        key=lambda each: each.ended_at,
        reverse=True,
    )
    if len(seen) < FEWEST_ENDS:
        return None
    counted = seen[:MOST_ENDS]
    # The look begins where the first end that is not counted was, so that all ends in it count.
    begin = seen[MOST_ENDS].ended_at if len(seen) > MOST_ENDS else now - LONGEST_LOOK
    length = now - begin
    open_seconds = sum(min(each.seconds, each.ended_at - begin) for each in counted)
    open_seconds += sum(min(max(age, 0.0), length) for age in ages)
    return len(counted) / open_seconds if open_seconds > 0 else None


def expected_wait(
    position: int, places: Places, handled: Iterable[Handled], now: float
) -> float | None:
    """Return how many seconds somebody in line is likely to wait.

    Args:
        position: Their place in the line for these agents; 1 is the next.
        places: What the agents have room for.
        handled: What these agents' conversations took, as far back as is known.
        now: In seconds since the epoch.

    Returns:
        0 when there is a free place for them; None when it cannot be said: nobody accepts
        conversations, or too little was seen.
    """
    if places.agents <= 0 or places.in_all <= 0:
        return None
    ahead = max(position, 1) - max(places.free, 0)
    if ahead <= 0:
        return 0.0
    rate = release_rate(handled, places.ages, now)
    return None if rate is None else ahead / (places.in_all * rate)
