"""What the desk works with, in memory, and what steps do to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any

from kefu.desk.agents import DeskAgent, Interval
from kefu.desk.changes import (
    AddReview,
    AddSession,
    ChangeAgent,
    ChangeReview,
    ChangeSession,
    DeskEvent,
    FreeSlot,
    Need,
    NoteLines,
    SetOwner,
    Step,
    TakeSlot,
    Tell,
)
from kefu.desk.reviews import Review
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict
from kefu.gateway.records import NOTE, Head, NewEntry
from kefu.storage.memory.records import KeptConversation, Shelf

__all__ = ["DeskRecords", "DeskShelf"]


@dataclass(slots=True)
class DeskRecords:
    """Everything that steps change, but the logs."""

    sessions: dict[str, ServiceSession] = field(default_factory=dict)
    agents: dict[str, DeskAgent] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    intervals: tuple[Interval, ...] = ()
    open: dict[str, str] = field(default_factory=dict)
    """Conversation -> its session that is not closed."""

    def copied(self) -> DeskRecords:
        """Return a copy to be changed."""
        return DeskRecords(
            dict(self.sessions),
            dict(self.agents),
            dict(self.reviews),
            self.intervals,
            dict(self.open),
        )

    @singledispatchmethod
    def take(self, step: Any) -> None:
        """Take a step, or raise Conflict."""
        raise TypeError(f"no step of the desk's: {step!r}")

    @take.register
    def _(self, step: AddSession) -> None:
        session = step.session
        is_taken = session.is_open and session.conversation_id in self.open
        if is_taken or session.session_id in self.sessions:
            raise Conflict(f"conversation {session.conversation_id!r} has an open session already")
        self.put(session)

    @take.register
    def _(self, step: ChangeSession) -> None:
        session = step.session
        stored = self.sessions.get(session.session_id)
        other = self.open.get(session.conversation_id, session.session_id)
        is_second = session.is_open and other != session.session_id
        if stored is None or stored.version != session.version or is_second:
            raise Conflict(f"session {session.session_id!r} changed meanwhile")
        self.put(replace(session, version=session.version + 1))

    @take.register
    def _(self, step: TakeSlot) -> None:
        agent = self.agents.get(step.agent_id)
        if agent is None or not _has(agent, step.needs):
            raise Conflict(f"agent {step.agent_id!r} has no place free, or takes none now")
        self.agents[step.agent_id] = replace(agent, open=agent.open + 1, idle_since=step.at)

    @take.register
    def _(self, step: FreeSlot) -> None:
        agent = self.agents.get(step.agent_id)
        if agent is not None and agent.open:
            self.agents[step.agent_id] = replace(agent, open=agent.open - 1)

    @take.register
    def _(self, step: ChangeAgent) -> None:
        agent = step.agent
        stored = self.agents.get(agent.agent_id)
        if (stored.version if stored else 0) != agent.version:
            raise Conflict(f"agent {agent.agent_id!r} changed meanwhile")
        self.agents[agent.agent_id] = replace(
            agent,
            version=agent.version + 1,
            open=stored.open if stored else 0,
            idle_since=max(agent.idle_since, stored.idle_since if stored else 0.0),
        )
        if step.interval is not None:
            begun = step.interval.begun_at
            ended = tuple(
                replace(one, ended_at=begun)
                if one.agent_id == agent.agent_id and one.ended_at is None
                else one
                for one in self.intervals
            )
            self.intervals = (*ended, step.interval)

    @take.register
    def _(self, step: AddReview) -> None:
        review = step.review
        if review.review_id in self.reviews or (
            review.is_open and self.open_review(review.conversation_id)
        ):
            raise Conflict(f"conversation {review.conversation_id!r} has an open review already")
        self.reviews[review.review_id] = review

    @take.register
    def _(self, step: ChangeReview) -> None:
        review = step.review
        stored = self.reviews.get(review.review_id)
        if stored is None or stored.version != review.version:
            raise Conflict(f"review {review.review_id!r} changed meanwhile")
        self.reviews[review.review_id] = replace(review, version=review.version + 1)

    def put(self, session: ServiceSession) -> None:
        """Store a session, whatever there was."""
        former = self.sessions.get(session.session_id)
        if former is not None and self.open.get(former.conversation_id) == former.session_id:
            del self.open[former.conversation_id]
        self.sessions[session.session_id] = session
        if session.is_open:
            self.open[session.conversation_id] = session.session_id

    def open_session(self, conversation_id: str) -> ServiceSession | None:
        """Return the session of a conversation that is not closed."""
        session_id = self.open.get(conversation_id)
        return None if session_id is None else self.sessions[session_id]

    def open_review(self, conversation_id: str) -> Review | None:
        """Return the review of a conversation that nobody has decided."""
        found = (
            review
            for review in self.reviews.values()
            if review.is_open and review.conversation_id == conversation_id
        )
        return next(found, None)


@dataclass(slots=True)
class DeskShelf:
    """The records as they are now, and the feed."""

    shelf: Shelf
    records: DeskRecords = field(default_factory=DeskRecords)
    events: list[DeskEvent] = field(default_factory=list)
    position: int = 0
    """Of the newest event."""

    def tell(self, told: Tell) -> int:
        """Put something into the feed; return its position."""
        self.position += 1
        self.events.append(
            DeskEvent(
                position=self.position,
                kind=told.kind,
                subject=told.subject,
                to=told.to,
                data=dict(told.data),
                at=told.at,
            )
        )
        return self.position

    def check(self, step: SetOwner, owners: dict[str, str]) -> None:
        """Look whether a conversation is there and of the expected owner."""
        name = step.conversation_id
        kept = self.shelf.conversations.get(name)
        if kept is None or name in self.shelf.aliases:
            raise Conflict(f"conversation {name!r} is not there")
        owner = owners.get(name, kept.head.owner)
        if owner not in step.expected:
            raise Conflict(f"conversation {name!r} is owned by {owner!r} now")
        owners[name] = step.owner

    def write(self, step: Step) -> tuple[str, int] | None:
        """Do to a log what a step that was checked says; return where its last line stands."""
        match step:
            case SetOwner():
                return self._set_owner(step)
            case NoteLines():
                return self._note_lines(step)
            case _:
                return None

    def _set_owner(self, step: SetOwner) -> tuple[str, int]:
        kept = self.shelf.conversations[step.conversation_id]
        first = kept.head.last_seq + 1
        for line in step.lines:
            entry = NewEntry(kind=line.kind, timestamp=step.at, body=line.body)
            self.shelf.append(step.conversation_id, entry)
        kept.head = replace(kept.head, owner=step.owner, version=kept.head.version + 1)
        kept.changed_at = step.at
        self.shelf.note_unfed(step.conversation_id, first, kept.head.last_seq)
        return step.conversation_id, kept.head.last_seq

    def _note_lines(self, step: NoteLines) -> tuple[str, int]:
        name = self.shelf.resolve(step.conversation_id)
        kept = self.shelf.conversations.get(name)
        if kept is None:
            kept = self.shelf.conversations[name] = KeptConversation(Head(), step.at)
        first = kept.head.last_seq + 1
        for line in step.lines:
            entry = NewEntry(kind=line.kind, timestamp=step.at, body=line.body)
            self.shelf.append(name, entry)
        if any(line.kind != NOTE for line in step.lines):
            self.shelf.note_unfed(name, first, kept.head.last_seq)
        return name, kept.head.last_seq


def _has(agent: DeskAgent, needs: Need) -> bool:
    """Whether a place of the agent's may be taken by whoever needs that."""
    if needs == "nothing":
        return True
    return agent.open < agent.max_sessions and (needs == "place" or agent.is_accepting)
