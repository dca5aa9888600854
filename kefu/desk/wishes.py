"""What it takes to answer: skills and group from what is wanted, a tier from who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kefu.core.human_queue import Handoff
from kefu.desk.handing import Known
from kefu.project.desk_options import TAGS_FACT, DeskOptions

__all__ = ["known_of"]

_ATTRIBUTE: Final = "attributes."


def known_of(
    handoff: Handoff,
    *,
    intents: Sequence[str],
    facts: Mapping[str, Any],
    options: DeskOptions,
    skills: frozenset[str],
    groups: Mapping[str, str],
) -> Known:
    """Return what routing has to know of a customer who asks for a human.

    What the bot itself said about skills and group counts; else the latest intent that the map
    names, so that "I want a human" after "where is my invoice" leads to who knows of invoices.
    What nobody can have is not asked for: the customer would wait for ever.

    Args:
        handoff: Who asks, and what the bot said about it.
        intents: What the customer wanted, with their answers such as ``faq/refund``; latest last.
        facts: The bot's slots, the customer's attributes, and their tags as :data:`TAGS_FACT`.
        options: The project's map.
        skills: All that there are.
        groups: Name -> id of all that there are.
    """
    said = handoff.wishes.get("skills")
    wanted = tuple(map(str, said)) if isinstance(said, list | tuple) else ()
    group = str(handoff.wishes.get("group") or "")
    if not wanted and not group:
        latest = [str(handoff.wishes.get("intent") or ""), *reversed(intents)]
        demands = (options.demand(one) for one in latest if one)
        found = next((one for one in demands if one.skills or one.group), None)
        if found is not None:
            wanted, group = found.skills, found.group or ""
    return Known(
        skills=tuple(one for one in wanted if one in skills),
        group_id=groups.get(group),
        tier=_tier(facts, options),
    )


def _tier(facts: Mapping[str, Any], options: DeskOptions) -> int:
    tiers = options.tiers
    if tiers is None:
        return 0
    if tiers.slot == TAGS_FACT:
        return tiers.of_tags(facts.get(TAGS_FACT) or ())
    value = facts.get(tiers.slot.removeprefix(_ATTRIBUTE))
    return 0 if value is None else tiers.of(value)
