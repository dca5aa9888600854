"""What desk.yml says of routing, with the groups that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kefu.desk.routing import EVERYBODY, Rules
from kefu.project.desk_options import DeskOptions, RoutingOptions

__all__ = ["Known", "known_demand", "routing_rules", "unknown_groups", "unknown_skills"]


class Known(NamedTuple):
    """What of a demand can be had: for what nobody can have, customers would wait for ever."""

    skills: frozenset[str]
    group_id: str | None


def routing_rules(options: RoutingOptions, groups: Mapping[str, str]) -> Rules:
    """Return the rules for groups that exist; those of others are left out.

    Args:
        options: What the file says, with names of groups.
        groups: Name -> identifier.
    """
    ids = {**groups, EVERYBODY: EVERYBODY}
    overflow: dict[str, list[tuple[float, str]]] = {}
    for rule in options.overflow:
        if rule.group in groups and rule.to in ids:
            overflow.setdefault(groups[rule.group], []).append((rule.after, ids[rule.to]))
    return Rules(
        ageing_seconds=options.ageing_seconds,
        priority_points=options.priority_points,
        tier_points=options.tier_points,
        channel_points=dict(options.channel_points),
        min_level=options.min_level,
        prefers_level=options.prefers_level,
        skill_relax_seconds=options.skill_relax_seconds,
        language_relax_seconds=options.language_relax_seconds,
        last_agent_seconds=options.last_agent_seconds,
        not_to_seconds=options.not_to_seconds,
        overflow={group: tuple(sorted(steps)) for group, steps in overflow.items()},
    )


def known_demand(
    options: DeskOptions,
    intent: str,
    *,
    response_key: str | None = None,
    skills: frozenset[str],
    groups: Mapping[str, str],
) -> Known:
    """Return what a conversation about an intent takes, of the skills and groups that exist.

    Args:
        options: The file.
        intent: What the customer wants.
        response_key: Full name of the answer, such as ``faq/refund``.
        skills: All that there are.
        groups: Name -> identifier of all that there are.
    """
    demand = options.demand(intent, response_key)
    group_id = None if demand.group is None else groups.get(demand.group)
    return Known(skills.intersection(demand.skills), group_id)


def unknown_groups(options: DeskOptions, groups: Mapping[str, str]) -> list[str]:
    """Return the groups that the file names and nobody made, to be told to administrators."""
    named = [demand.group for demand in options.skills.values()]
    for rule in options.routing.overflow:
        named += [rule.group, rule.to]
    return sorted({name for name in named if name and name not in {*groups, EVERYBODY}})


def unknown_skills(options: DeskOptions, skills: frozenset[str]) -> list[str]:
    """Return the skills that the file names and nobody made."""
    return sorted({name for each in options.skills.values() for name in each.skills} - skills)
