"""What the desk knows of an agent at work: who they are, whether they are there, how busy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["STATUSES", "DeskAgent", "Interval", "Status"]

Status = Literal["online", "busy", "away", "offline"]
STATUSES: Final[tuple[Status, ...]] = ("online", "busy", "away", "offline")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAgent:
    """An agent as routing sees them. Connection, declared status and acceptance are three things.

    The profile is a copy of the account's, renewed whenever that changes.
    """

    agent_id: str
    version: int = 0
    """0: not stored yet."""
    name: str
    avatar: str = ""
    staff_number: str = ""
    languages: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    """Skill -> level, 1 to 5."""
    groups: frozenset[str] = frozenset()
    max_sessions: int = 5
    is_active: bool = True
    """Whether the account may sign in and answer."""

    status: Status = "offline"
    """As the agent declares it."""
    status_reason: str = ""
    status_since: float = 0.0
    connected_until: float = 0.0
    """Until when they count as connected unless their line is heard of again."""
    is_connected: bool = False
    is_accepting: bool = False
    """Whether new sessions may be given to them; see :mod:`kefu.desk.presence`."""

    open: int = 0
    """How many sessions they have that take a place. Changed by claims alone."""
    idle_since: float = 0.0
    """When they were given a session last, or came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of time in which nothing about an agent's presence changed."""

    agent_id: str
    begun_at: float
    ended_at: float | None = None
    """None: it lasts."""
    status: Status
    reason: str = ""
    is_connected: bool
    is_accepting: bool
