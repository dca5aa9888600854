"""The usual strategy: who waits longest by points first, to who has least to do.

**Order of customers.** Those put in line again come first. Then points decide: so many for each
step of priority and tier, for the channel, and one for every ``ageing_seconds`` of waiting. Since
all age at the same pace, the order is that of ``waiting_since - ageing_seconds * points``: a moment
at which a customer without points would have had to come to stand at the same place. It does not
depend on ``now``, and whoever comes later than that moment plus ``ageing_seconds`` times their own
points stands behind: nobody starves. Then ``waiting_since`` and the session's identifier.

**Choice of an agent.** Who fits (group, skills, language, not in ``not_to``) and has room: the one
the customer knows; else the least load, open of maximum, with what was given in this call; else
the better level in the skills asked for; else the longest idle, who got something in this call
last; else the identifier. A customer who knows an agent without room waits for them for a while.

Nobody is left waiting while an agent who fits has room, except for that. It takes
O(W log W + A + S·A/64 + L) steps for W customers, A agents, S different demands and L loads that
agents can come to.
"""

from __future__ import annotations

from collections.abc import Sequence

from kefu.desk.fitting import Demand, Demands, next_change
from kefu.desk.roster import Load, Pool, Roster
from kefu.desk.routing import AgentState, Assignment, Rules, Waiting

__all__ = ["assign", "hand_out", "in_line", "next_change"]


def assign(
    waiting: Sequence[Waiting], agents: Sequence[AgentState], rules: Rules, now: float
) -> list[Assignment]:
    """Give customers to the agents with the least relative load; see the module's description.

    Args:
        waiting: Everybody who waits, in any order; no session twice.
        agents: Everybody on duty, in any order; no agent twice.
        rules: How to decide.
        now: In seconds since the epoch.

    Returns:
        What was decided, in that order. The same input gives the same result.
    """
    return hand_out(waiting, agents, rules, now, load=_relative_load)


def _relative_load(held: int, limit: int, given: int) -> float:
    return (held + given) / limit


def in_line(waiting: Sequence[Waiting], rules: Rules) -> list[Waiting]:
    """Return customers in the order in which they are given to agents."""
    ageing, tier_points, of_channel = rules.ageing_seconds, rules.tier_points, rules.channel_points
    by_hand = rules.priority_points

    def place(item: Waiting) -> tuple[bool, float, float, str]:
        points = item.priority * by_hand + item.tier * tier_points
        if of_channel:
            points += of_channel.get(item.channel, 0)
        since = item.waiting_since
        return not item.is_first_in_line, since - ageing * points, since, item.session_id

    return sorted(waiting, key=place)


def hand_out(
    waiting: Sequence[Waiting],
    agents: Sequence[AgentState],
    rules: Rules,
    now: float,
    *,
    load: Load,
) -> list[Assignment]:
    """Give customers to agents like :func:`assign`, with another idea of who has least to do."""
    roster = Roster(agents, rules, load, most=len(waiting))
    demands = Demands(rules, now)
    pools: dict[Demand, tuple[Pool, Pool | None]] = {}
    decided: list[Assignment] = []
    for item in in_line(waiting, rules):
        if not roster.has_room:
            break
        demand = demands.of(item)
        found = pools.get(demand)
        if found is None:
            found = pools[demand] = roster.pools(demand)
        pool, others = found
        last = item.last_agent_id
        at = None if last is None else roster.known(last, pool)
        if at is not None and not roster.can_take(at):
            if roster.is_expected(at) and demands.is_held(item):
                continue
            at = None
        if at is None:
            at = roster.least_loaded(pool)
        if at is None and others is not None:
            at = roster.least_loaded(others)
        if at is not None:
            decided.append(Assignment(item.session_id, roster.give(at)))
    return decided
