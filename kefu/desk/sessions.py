"""A service session: the stretch of a conversation in which a human is wanted, or serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

__all__ = ["Mark", "ServiceSession", "SessionState", "ended"]

SessionState = Literal["waiting", "assigned", "closed"]
Mark = Literal["", "unanswered", "agent_gone", "overflow", "transferred"]
"""Why a session is where it is, when that is out of the ordinary."""

HIGHEST_PRIORITY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSession:
    """One stay of a customer with the humans; a conversation has at most one that is not closed.

    Times are seconds since the Unix epoch.
    """

    session_id: str
    conversation_id: str
    state: SessionState = "waiting"
    version: int = 1
    """Grows with every change; a change names the one it is based on."""
    opened_at: float
    changed_at: float
    opened_by: str = "bot"
    """``bot``, ``customer``, or the id of the agent who took it."""

    reason: str = "other"
    """Code of :mod:`kefu.core.handoff`."""
    detail: str = ""
    """The reason in words."""
    summary: Mapping[str, Any] = field(default_factory=dict)
    """What the agent should know, folded from the log."""

    channel: str = ""
    language: str = ""
    tier: int = 0
    """How important the customer is; 0 is ordinary."""
    skills: tuple[str, ...] = ()
    group_id: str | None = None
    """The group that is asked for; None: any."""
    last_agent_id: str | None = None
    """Who served the customer last."""
    priority: int = 0
    """Set by hand, -2 to 2."""

    waiting_since: float | None = None
    """Since when the customer waits for an agent, earlier waiting of the session included."""
    queued_at: float | None = None
    """When it was put into the line the last time."""
    is_first_in_line: bool = False
    mark: Mark = ""
    not_to: tuple[str, ...] = ()
    """Agents who had it and did not answer."""

    agent_id: str | None = None
    assigned_at: float | None = None
    first_assigned_at: float | None = None
    first_answer_at: float | None = None
    unanswered_since: float | None = None
    """Since when the customer waits for an answer of their agent."""
    read_seq: int = 0
    """Up to where the agent has read the log."""
    snoozed_until: float | None = None
    invited: tuple[str, ...] = ()
    """Agents who were asked to join."""
    labels: tuple[str, ...] = ()

    due_at: float | None = None
    """When something is to be done about it by itself; None: never."""

    closed_at: float | None = None
    closed_by: str = ""
    """``customer``, ``bot``, ``idle``, ``merged``, or the id of an agent."""
    wrap_up: Mapping[str, Any] | None = None
    """``code`` and ``comment``."""
    rating: Mapping[str, Any] | None = None
    """``score``, ``comment``, ``nps``."""
    rating_id: str | None = None
    """Of the invitation to rate, when there was one."""

    @property
    def is_open(self) -> bool:
        """Whether it is not closed."""
        return self.state != "closed"


def ended(session: ServiceSession, *, by: str, at: float) -> ServiceSession:
    """Return the session closed; who waited waits no longer, and nothing is due."""
    return replace(
        session,
        state="closed",
        changed_at=at,
        closed_at=at,
        closed_by=by,
        waiting_since=None,
        unanswered_since=None,
        snoozed_until=None,
        due_at=None,
    )
