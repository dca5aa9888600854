"""What a decision of the desk wants done: steps taken in order in one transaction, or none.

A step that finds another state than it was decided on makes the store raise
:class:`kefu.errors.Conflict`; the decision is then made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from kefu.desk.agents import DeskAgent, Interval
from kefu.desk.reviews import Review
from kefu.desk.sessions import ServiceSession

__all__ = [
    "AddReview",
    "AddSession",
    "Applied",
    "ChangeAgent",
    "ChangeReview",
    "ChangeSession",
    "DeskEvent",
    "FreeSlot",
    "Line",
    "Need",
    "NoteLines",
    "Owner",
    "SetOwner",
    "Step",
    "TakeSlot",
    "Tell",
]

Owner = Literal["bot", "queue", "agent"]

Need = Literal["acceptance", "place", "nothing"]
"""What must be so for a place to be taken: a place is free and the agent accepts what others give
them; one is free, as for what agents take themselves; nothing, as when somebody takes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry for a conversation's log: a note, or an event in its JSON form."""

    kind: str
    """``note``, or the event's name such as ``resume``."""
    body: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class AddSession:
    """Store a session that is new; its conversation has no other one that is not closed."""

    session: ServiceSession


@dataclass(frozen=True, slots=True)
class ChangeSession:
    """Store a session again: ``session.version`` is the version that is expected to be there."""

    session: ServiceSession


@dataclass(frozen=True, slots=True)
class TakeSlot:
    """Take one of an agent's places, if the agent has what the step needs."""

    agent_id: str
    at: float
    needs: Need = "acceptance"


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """Give one of an agent's places back; never below none."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class SetOwner:
    """Give a conversation to an owner and append to its log; its version grows.

    Conflict if the owner is none of ``expected``, or there is no such conversation.
    """

    conversation_id: str
    owner: Owner
    expected: frozenset[Owner]
    lines: tuple[Line, ...]
    at: float


@dataclass(frozen=True, slots=True)
class NoteLines:
    """Append to a conversation's log, whatever its version, which stays as it is."""

    conversation_id: str
    lines: tuple[Line, ...]
    at: float


@dataclass(frozen=True, slots=True)
class ChangeAgent:
    """Store an agent: all but ``open``, which claims alone change; ``idle_since`` only grows.

    ``agent.version`` is the version that is expected, 0 for one who is new. ``interval`` begins;
    the one before ends at its beginning.
    """

    agent: DeskAgent
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class AddReview:
    """Store a review that is new."""

    review: Review


@dataclass(frozen=True, slots=True)
class ChangeReview:
    """Store a review again: ``review.version`` is the version that is expected."""

    review: Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Put something into the feed of the desk, from which all screens read."""

    kind: str
    """``row``, ``presence``, ``review``, ``library``, ``notice``."""
    subject: str = ""
    """Id of the conversation, agent or review."""
    to: str = ""
    """Id of the agent whom it is for; empty: for everybody who may see the subject."""
    data: Mapping[str, Any] = field(default_factory=dict)
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent:
    """Something in the feed of the desk."""

    position: int
    """Ascending in the order of commits, without gaps."""
    kind: str
    subject: str
    to: str
    data: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a transaction did."""

    position: int
    """Of the last event that was put into the feed; 0: none was."""
    last_seqs: Mapping[str, int] = field(default_factory=dict)
    """Conversation -> place of the last line appended to its log."""


Step: TypeAlias = (
    AddSession
    | ChangeSession
    | TakeSlot
    | FreeSlot
    | SetOwner
    | NoteLines
    | ChangeAgent
    | AddReview
    | ChangeReview
    | Tell
)
