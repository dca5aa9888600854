"""A strategy that goes round: everybody in turn, however much they have, up to their maximum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kefu.desk.routing import AgentState, Assignment, Rules, Waiting
from kefu.desk.strategy import hand_out

__all__ = ["assign"]


def assign(
    waiting: Sequence[Waiting], agents: Sequence[AgentState], rules: Rules, now: float
) -> list[Assignment]:
    """Give customers to whoever got fewest in this call, then to whoever is idle longest.

    The order of customers, who fits, and who is known, are as in
    :func:`kefu.desk.strategy.assign`; levels of skills make no difference once they suffice.
    """
    return hand_out(waiting, agents, replace(rules, prefers_level=False), now, load=_turns)


def _turns(_held: int, _limit: int, given: int) -> float:
    return given
