"""What it takes to answer: skills and group from what is wanted, a tier from who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kefu.core.human_queue import Handoff
from kefu.desk.handing import Known

__all__ = ["Demand", "Demands", "known_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What an intent takes."""

    skills: tuple[str, ...] = ()
    group: str = ""
    """Name of a group; empty: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """The project's map from intents to skills, and from customers to tiers."""

    intents: Mapping[str, Demand] = field(default_factory=dict)
    tier_slot: str = ""
    """Slot, or attribute of the customer, that says how important they are; empty: nobody is."""
    tiers: Mapping[str, int] = field(default_factory=dict)
    """Its values -> tier."""


def known_of(
    handoff: Handoff,
    *,
    intents: Sequence[str],
    facts: Mapping[str, Any],
    demands: Demands,
    groups: Mapping[str, str],
) -> Known:
    """Return what routing has to know of a customer who asks for a human.

    What the bot itself said about skills and group counts; else the latest intent that the map
    names, so that "I want a human" after "where is my invoice" leads to who knows of invoices.

    Args:
        handoff: Who asks, and what the bot said about it.
        intents: What the customer wanted, the latest last.
        facts: The bot's slots and the customer's attributes.
        demands: The project's map.
        groups: Name of a group -> its id; names that are none of these are nobody's.
    """
    wishes = handoff.wishes
    said = wishes.get("skills")
    skills = tuple(map(str, said)) if isinstance(said, list | tuple) else ()
    group = str(wishes.get("group") or "")
    if not skills and not group:
        latest = [str(wishes.get("intent") or ""), *reversed(intents)]
        found = next((demands.intents[one] for one in latest if one in demands.intents), None)
        if found is not None:
            skills, group = found.skills, found.group
    value = facts.get(demands.tier_slot) if demands.tier_slot else None
    tier = 0 if value is None else demands.tiers.get(str(value), 0)
    return replace(Known(), skills=skills, group_id=groups.get(group), tier=tier)
