"""What the desk needs from the outside; implemented by the stores and by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kefu.core.contents import Content
from kefu.core.events import Event
from kefu.core.messages import AgentMessage
from kefu.core.signals import Signal
from kefu.desk.agents import DeskAgent, Interval
from kefu.desk.changes import Applied, DeskEvent, Step
from kefu.desk.reviews import Decision, Review
from kefu.desk.rows import Counts, Reach, RowQuery, RowRecord
from kefu.desk.sessions import ServiceSession

__all__ = [
    "AgentRecords",
    "DeskFeed",
    "DeskStore",
    "Door",
    "Entry",
    "Handling",
    "ReviewRecords",
    "RowRecords",
    "Said",
    "SessionRecords",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How long a closed session took its agent, for estimates."""

    group_id: str | None
    first_assigned_at: float
    closed_at: float
    waited: float
    """Seconds until it was first assigned."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said is in the log."""

    seq: int
    is_repeat: bool


class Entry(Protocol):
    """An entry of a log: an event or a note, the other one being None."""

    @property
    def seq(self) -> int:
        """Place in the log."""
        ...

    @property
    def timestamp(self) -> float:
        """When it happened."""
        ...

    @property
    def event(self) -> Event | None:
        """What happened."""
        ...

    @property
    def note(self) -> Mapping[str, Any] | None:
        """What people are told."""
        ...


class SessionRecords(Protocol):
    """Reads service sessions.

    Every method raises :class:`kefu.errors.Unavailable` when the store cannot be reached.
    """

    async def session(self, session_id: str) -> ServiceSession | None:
        """Return a session."""
        ...

    async def open_session(self, conversation_id: str) -> ServiceSession | None:
        """Return the session of a conversation that is not closed."""
        ...

    async def sessions_of(
        self, conversation_id: str, *, before: float | None = None, limit: int = 50
    ) -> Sequence[ServiceSession]:
        """Return a conversation's sessions opened before a time, newest first."""
        ...

    async def waiting(self) -> Sequence[ServiceSession]:
        """Return all sessions that wait, the longest waiting first."""
        ...

    async def sessions_with(self, agent_id: str) -> Sequence[ServiceSession]:
        """Return the sessions that are assigned to an agent."""
        ...

    async def due(self, now: float, *, limit: int = 200) -> Sequence[ServiceSession]:
        """Return sessions whose ``due_at`` has come, the earliest first."""
        ...

    async def next_due(self) -> float | None:
        """Return the earliest ``due_at`` of sessions, and ``deadline`` of open reviews."""
        ...

    async def opened(self, *, since: float, limit: int = 5_000) -> Sequence[ServiceSession]:
        """Return sessions opened since then, newest first."""
        ...

    async def handlings(self, *, since: float, limit: int = 500) -> Sequence[Handling]:
        """Return sessions closed since then that had an agent, newest first."""
        ...


class AgentRecords(Protocol):
    """Reads agents at work."""

    async def agent(self, agent_id: str) -> DeskAgent | None:
        """Return an agent."""
        ...

    async def agents(self) -> Sequence[DeskAgent]:
        """Return all agents that are known to the desk, by name."""
        ...

    async def keep_connected(self, agent_ids: Collection[str], *, until: float) -> None:
        """Let these count as connected until then, unless they do for longer."""
        ...

    async def intervals(self, agent_id: str, *, since: float, until: float) -> Sequence[Interval]:
        """Return the intervals that touch a stretch of time, oldest first."""
        ...

    async def recount(self) -> Mapping[str, tuple[int, int]]:
        """Return for agents whose ``open`` is not the number of their assigned sessions both.

        Returns:
            Agent -> (what was kept, what is true); what is true is kept from now on.
        """
        ...


class ReviewRecords(Protocol):
    """Reads reviews."""

    async def review(self, review_id: str) -> Review | None:
        """Return a review."""
        ...

    async def open_review(self, conversation_id: str) -> Review | None:
        """Return the review of a conversation that nobody has decided."""
        ...

    async def reviews(
        self, *, is_open: bool, before: float | None = None, limit: int = 50
    ) -> Sequence[Review]:
        """Return open ones by deadline, or decided ones, the latest first (decided before then)."""
        ...

    async def overdue(self, now: float, *, limit: int = 100) -> Sequence[Review]:
        """Return open reviews whose deadline has passed, the earliest first."""
        ...


class RowRecords(Protocol):
    """Reads the list of conversations."""

    async def rows(self, query: RowQuery) -> Sequence[RowRecord]:
        """Return a page of the list."""
        ...

    async def row(self, conversation_id: str) -> RowRecord | None:
        """Return one conversation as it stands in the list, whoever may see it."""
        ...

    async def counts(self, reach: Reach) -> Counts:
        """Return how many there are in each view."""
        ...


class DeskFeed(Protocol):
    """Reads what was told."""

    async def events(self, *, after: int, limit: int = 500) -> Sequence[DeskEvent]:
        """Return events with a position above ``after``, ascending."""
        ...

    async def ends(self) -> tuple[int, int]:
        """Return the positions of the oldest event that is kept and of the newest; (0, 0): none.

        When all are dropped, the oldest is the newest plus 1.
        """
        ...

    async def drop_events(self, *, before: float) -> int:
        """Forget events from before then; return how many."""
        ...


class DeskStore(SessionRecords, AgentRecords, ReviewRecords, RowRecords, DeskFeed, Protocol):
    """All of it, and the one way to change it."""

    async def apply(self, steps: Sequence[Step]) -> Applied:
        """Take all steps in order in one transaction, or none.

        Locks are taken in the order of the steps, which is: conversation, session, agents by id,
        reviews, feed.

        Raises:
            Conflict: Something is not as it was decided on.
        """
        ...


class Door(Protocol):
    """The conversations as the desk sees them; the gateway is behind it."""

    async def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        ...

    async def say(self, message: AgentMessage, admit: Callable[[], Awaitable[None]]) -> Said:
        """Say something to the customer, once for each ``message_id``.

        ``admit`` is awaited on the state that the commit is based on; what it raises is raised,
        and nothing was said.

        Raises:
            Conflict: The conversation is not an agent's, or changes too fast.
        """
        ...

    async def ask(self, conversation_id: str, content: Content) -> None:
        """Let the bot show the customer something, whoever has the conversation."""
        ...

    async def note(self, conversation_id: str, body: Mapping[str, Any]) -> int:
        """Put a note into the log; return its place."""
        ...

    async def changed(self, conversation_id: str) -> None:
        """Let all processes look at a conversation anew: it was changed beside the gateway."""
        ...

    def signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell whoever watches it now."""
        ...

    async def recent(self, conversation_id: str, limit: int) -> Sequence[Entry]:
        """Return its own last entries, oldest first, also of one that was merged into another."""
        ...

    async def resume_review(
        self, review: Review, decision: Decision, *, text: str | None, agent: Mapping[str, Any]
    ) -> None:
        """Let the bot go on after a review.

        Raises:
            Conflict: The bot no longer waits for it: the customer wrote, or a human has it.
        """
        ...
