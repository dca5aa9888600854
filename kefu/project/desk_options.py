"""What desk.yml says: how conversations come to agents, and what happens to them there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from kefu.project.hours_form import OpeningHours
from kefu.project.problems import Place

__all__ = [
    "EVERYBODY",
    "NEVER",
    "TAGS_FACT",
    "DeskOptions",
    "HandoverOptions",
    "OrderOptions",
    "OverflowRule",
    "RatingOptions",
    "RoutingOptions",
    "SkillDemand",
    "TierOptions",
]

EVERYBODY: Final = "*"
"""In the place of a group: agents of any group."""
NEVER: Final = "never"
"""In the place of seconds."""
TAGS_FACT: Final = "customer.tags"
"""In the place of a slot: the tags that the staff gave the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowRule:
    """After so long, another group may answer as well."""

    group: str
    """Name of the group that was asked for."""
    after: float
    """Seconds of waiting."""
    to: str
    """Name of the other group, or :data:`EVERYBODY`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingOptions:
    """``routing``; what the numbers mean stands at :class:`kefu.desk.routing.Rules`."""

    strategy: str = "least_load"
    """A name that Kefu knows, or the path of a function."""
    ageing_seconds: float = 30.0
    priority_points: float = 10.0
    tier_points: float = 3.0
    channel_points: Mapping[str, float] = field(default_factory=dict)
    min_level: int = 1
    prefers_level: bool = True
    last_agent_seconds: float = 20.0
    language_relax_seconds: float | None = 120.0
    """None: never."""
    skill_relax_seconds: float | None = None
    """None: never."""
    not_to_seconds: float = 60.0
    overflow: tuple[OverflowRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillDemand:
    """What a conversation about something takes."""

    skills: tuple[str, ...] = ()
    """Names of skills."""
    group: str | None = None
    """Name of the group; None: any."""
    place: Place = field(default=Place("desk.yml"), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierOptions:
    """``tiers``: how important a customer is."""

    slot: str
    """A slot, ``attributes.<name>`` of the customer's profile, or :data:`TAGS_FACT`."""
    values: Mapping[str, int] = field(default_factory=dict)
    """What stands in it -> tier; anything else is 0."""
    place: Place = field(default=Place("desk.yml"), compare=False)

    def of(self, value: object) -> int:
        """Return the tier of a customer with a value in the slot."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # slots of numbers hold 2.0 where the file says 2
        return self.values.get(str(value), 0)

    def of_tags(self, tags: Collection[str]) -> int:
        """Return the highest tier that one of a customer's tags has, however it is spelt."""
        there = {tag.casefold() for tag in tags}
        found = (tier for name, tier in self.values.items() if name.casefold() in there)
        return max(found, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverOptions:
    """``handover``: what happens by itself to conversations with agents."""

    unanswered_seconds: float = 120.0
    """Then it is put in line again, as the first; 0: never."""
    grace_seconds: float = 45.0
    """How long an agent may be gone before others get their conversations."""
    default_max_sessions: int = 5
    """Conversations at a time of an agent whose account says nothing else."""
    position_updates: bool = True
    """Whether customers are told when their place in line changes."""
    close_idle_seconds: float = 0.0
    """After so long without a word from either side it is closed; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingOptions:
    """``ratings``: what customers are asked when a conversation is over."""

    csat: bool = True
    """1 to 5, with a comment."""
    nps: bool = False
    """0 to 10: whether they would recommend the shop."""
    expire_hours: float = 48.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOptions:
    """``orders``: where the shop tells a customer's orders."""

    url: str
    """With names in braces, for what is known of the customer."""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOptions:
    """desk.yml."""

    routing: RoutingOptions = field(default_factory=RoutingOptions)
    skills: Mapping[str, SkillDemand] = field(default_factory=dict)
    """Intent, or intent and answer as ``faq/refund`` -> what it takes."""
    tiers: TierOptions | None = None
    sensitive_intents: tuple[str, ...] = ()
    """Intents that the bot hands over at once."""
    sensitive_places: tuple[Place, ...] = field(default=(), compare=False)
    handover: HandoverOptions = field(default_factory=HandoverOptions)
    hours: OpeningHours | None = None
    """Of groups that have none of their own; None: always."""
    ratings: RatingOptions = field(default_factory=RatingOptions)
    wrap_up_codes: tuple[str, ...] = ()
    """What an agent may say a conversation was about; empty: nothing is asked."""
    orders: OrderOptions | None = None
    """None: agents are not shown the shop's orders."""
    typing_preview: bool = False
    """Whether agents see what customers type before it is sent."""

    def demand(self, intent: str, response_key: str | None = None) -> SkillDemand:
        """Return what an intent takes; its answer is looked up before the intent itself.

        Args:
            intent: Its name, or the full one of an answer, such as ``faq/refund``.
            response_key: Full name of the answer that was found, if there is one.
        """
        for name in (response_key, intent, intent.partition("/")[0]):
            if name is not None and name in self.skills:
                return self.skills[name]
        return SkillDemand()
