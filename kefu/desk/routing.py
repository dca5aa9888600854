"""What routing looks at: who waits, who answers, by which rules; and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

__all__ = ["EVERYBODY", "AgentState", "Assignment", "Rules", "Strategy", "Waiting"]

EVERYBODY: Final = "*"
"""In the place of a group: agents of any group, and of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A conversation that waits for an agent."""

    session_id: str
    """Unique among all that wait."""
    conversation_id: str
    skills: frozenset[str] = frozenset()
    """What the agent has to be able to do."""
    group_id: str | None = None
    """The group that was asked for; None: any."""
    overflow_groups: tuple[str, ...] = ()
    """Groups that may answer as well from the beginning, besides what
    :attr:`Rules.overflow` opens with time."""
    language: str = ""
    """The customer's, a tag such as ``zh-CN``; empty: not known."""
    tier: int = 0
    """How important the customer is; 0 is everybody."""
    channel: str = ""
    last_agent_id: str | None = None
    """Who answered the customer the last time."""
    priority: int = 0
    """Set by hand, -2 to 2."""
    waiting_since: float
    """Since when the customer waits, in seconds since the epoch; kept when put in line again."""
    is_first_in_line: bool = False
    """Put in line again because nobody answered, or the agent is gone: before all that are not."""
    not_to: frozenset[str] = frozenset()
    """Agents who are not to get it, such as one who just did not answer."""
    put_in_line_at: float | None = None
    """The last time, from which ``not_to`` is counted; None: ``waiting_since``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """An agent on duty."""

    agent_id: str
    groups: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill -> level, 1 to 5."""
    languages: frozenset[str] = frozenset()
    """Tags such as ``zh-CN`` or ``en``; empty: nothing was said, so any."""
    open: int = 0
    """How many conversations they have."""
    max_sessions: int = 5
    is_accepting: bool = True
    idle_since: float = 0.0
    """Since when they were given no conversation."""
    is_returning: bool = False
    """Whether one who does not accept will soon: worth being waited for by former customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How customers are put in order, and who may answer whom. Times are seconds of waiting."""

    ageing_seconds: float = 30.0
    """Waiting for so long is worth one point; above 0, so that nobody waits for ever."""
    priority_points: float = 10.0
    """Points for each step of :attr:`Waiting.priority`."""
    tier_points: float = 3.0
    """Points for each step of :attr:`Waiting.tier`."""
    channel_points: Mapping[str, float] = field(default_factory=dict)
    min_level: int = 1
    """A skill counts from this level on."""
    prefers_level: bool = True
    """Whether, of agents with the same load, the more skilled one is taken."""
    skill_relax_seconds: float | None = None
    """After that, skills are not asked for any more; None: never."""
    language_relax_seconds: float | None = 120.0
    """After that, the language does not matter any more; None: never."""
    last_agent_seconds: float = 20.0
    """So long a customer waits for the agent they know, if only that one's room is missing."""
    not_to_seconds: float = 60.0
    """After that, agents of :attr:`Waiting.not_to` are taken where nobody else has room."""
    overflow: Mapping[str, tuple[tuple[float, str], ...]] = field(default_factory=dict)
    """Group -> after how long which other group may answer as well; :data:`EVERYBODY`: any. Only
    the rules of the group that was asked for count, not those of the groups they open."""


class Assignment(NamedTuple):
    """A conversation is offered to an agent."""

    session_id: str
    agent_id: str


class Strategy(Protocol):
    """A pure function that decides who gets whom; named in desk.yml."""

    def __call__(
        self, waiting: Sequence[Waiting], agents: Sequence[AgentState], rules: Rules, now: float
    ) -> list[Assignment]:
        """Return assignments, in the order in which they were decided.

        Every session at most once, no agent above their maximum, nobody who does not accept.
        """
        ...
