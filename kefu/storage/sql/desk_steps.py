"""What happens at the desk, step by step, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kefu.desk.changes import (
    AddReview,
    AddSession,
    Applied,
    ChangeAgent,
    ChangeReview,
    ChangeSession,
    FreeSlot,
    Line,
    NoteLines,
    SetOwner,
    Step,
    TakeSlot,
    Tell,
)
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict
from kefu.gateway.records import NOTE
from kefu.storage.sql.desk_rows import (
    agent_values,
    interval_values,
    json_text,
    review_values,
    session_values,
    tags_of,
    text_of_tags,
)
from kefu.storage.sql.log import noting_unfed, resolving
from kefu.storage.sql.work import Again, Work

__all__ = ["changing_review", "changing_session", "freeing_slot", "taking", "telling"]


def taking(steps: Sequence[Step], feeds: Sequence[str]) -> Work[Applied]:
    """Take steps in order; the feed, for which all wait, comes last."""
    told: list[Tell] = []
    last_seqs: dict[str, int] = {}
    for step in steps:
        match step:
            case Tell():
                told.append(step)
            case SetOwner():
                last_seqs[step.conversation_id] = yield from _set_owner(step, feeds)
            case NoteLines():
                conversation_id, last_seq = yield from _note_lines(step, feeds)
                last_seqs[conversation_id] = last_seqs[step.conversation_id] = last_seq
            case _:
                yield from _WORK[type(step)](step)
    position = yield from telling(told)
    return Applied(position=position, last_seqs=last_seqs)


def telling(told: Sequence[Tell]) -> Work[int]:
    """Put events into the feed, as the last thing of a unit of work; return the last position."""
    if not told:
        return 0
    moving = {"count": len(told)}
    rows = yield "move_events_head", moving
    if not rows:
        yield "begin_events", {}
        rows = yield "move_events_head", moving
    last: int = rows[0][0]
    events = [
        {
            "position": position,
            "kind": tell.kind,
            "subject": tell.subject,
            "recipient": tell.to,
            "data": json_text(dict(tell.data)),
            "at": tell.at,
        }
        for position, tell in enumerate(told, start=last - len(told) + 1)
    ]
    yield "add_event", events[0] if len(events) == 1 else events
    return last


# -- conversations -------------------------------------------------------------------------


def _set_owner(step: SetOwner, feeds: Sequence[str]) -> Work[int]:
    rows = yield "lock_owned", {"conversation_id": step.conversation_id}
    if not rows:
        raise Conflict(f"conversation {step.conversation_id!r} is not there")
    conversation, version, owner, last_seq, answered_seq = rows[0]
    if owner not in step.expected:
        raise Conflict(f"conversation {step.conversation_id!r} is owned by {owner!r} now")
    after: int = last_seq + len(step.lines)
    values = {
        "conversation": conversation,
        "version": version + 1,
        "owner": step.owner,
        "last_seq": after,
        "answered_seq": answered_seq,
        "now": step.at,
    }
    yield "note_commit", values
    yield from _append(conversation, last_seq, step.lines, step.at)
    yield from noting_unfed(feeds, conversation, last_seq + 1, after)
    return after


def _note_lines(step: NoteLines, feeds: Sequence[str]) -> Work[tuple[str, int]]:
    rows = yield "lock_addressed", {"conversation_id": step.conversation_id}
    if not rows:
        conversation_id = yield from resolving(step.conversation_id)
        yield "begin_conversation", {"conversation_id": conversation_id, "now": step.at}
        rows = yield "lock_addressed", {"conversation_id": step.conversation_id}
        if not rows:
            raise Again  # its address leads elsewhere by now
    conversation, conversation_id, last_seq = rows[0][0], rows[0][1], rows[0][5]
    after: int = last_seq + len(step.lines)
    yield "note_entry", {"conversation": conversation, "last_seq": after}
    yield from _append(conversation, last_seq, step.lines, step.at)
    if any(line.kind != NOTE for line in step.lines):
        yield from noting_unfed(feeds, conversation, last_seq + 1, after)
    return conversation_id, after


def _append(conversation: int, last_seq: int, lines: Sequence[Line], at: float) -> Work[None]:
    entries = [
        {
            "conversation": conversation,
            "seq": seq,
            "kind": line.kind,
            "timestamp": at,
            "body": line.body,
        }
        for seq, line in enumerate(lines, start=last_seq + 1)
    ]
    if entries:
        yield "add_entry", entries[0] if len(entries) == 1 else entries


# -- sessions ------------------------------------------------------------------------------


def _add_session(step: AddSession) -> Work[None]:
    session = step.session
    rows = yield "add_session", session_values(session)
    if not rows:
        raise Conflict(f"conversation {session.conversation_id!r} has an open session already")
    yield from _tag(rows[0][0], session)


def changing_session(step: ChangeSession) -> Work[None]:
    """Store a session again if it is at the version that it names, or raise Conflict."""
    session = step.session
    rows = yield "change_session", session_values(session)
    if not rows:
        raise Conflict(f"session {session.session_id!r} changed meanwhile")
    number, tagged = rows[0]
    if tagged != (text := text_of_tags(session)):
        yield "drop_session_tags", {"session": number}
        yield from _tag(number, session)
        yield "set_tagged", {"session": number, "tagged": text}


def _tag(number: int, session: ServiceSession) -> Work[None]:
    tags = [{"session": number, "kind": kind, "value": value} for kind, value in tags_of(session)]
    if tags:
        yield "add_session_tag", tags


# -- agents --------------------------------------------------------------------------------


def _take_slot(step: TakeSlot) -> Work[None]:
    values = {"agent_id": step.agent_id, "at": step.at, "needs": step.needs}
    if not (yield "take_slot", values):
        raise Conflict(f"agent {step.agent_id!r} has no place free, or takes none now")


def freeing_slot(step: FreeSlot) -> Work[None]:
    """Give one of an agent's places back."""
    yield "free_slot", {"agent_id": step.agent_id}


def _change_agent(step: ChangeAgent) -> Work[None]:
    agent, interval = step.agent, step.interval
    name = "change_desk_agent" if agent.version else "add_desk_agent"
    if not (yield name, agent_values(agent)):
        raise Conflict(f"agent {agent.agent_id!r} changed meanwhile")
    if interval is not None:
        ending = {"agent_id": agent.agent_id, "ended_at": interval.begun_at}
        yield "end_interval", ending
        yield "add_interval", interval_values(interval)


# -- reviews -------------------------------------------------------------------------------


def _add_review(step: AddReview) -> Work[None]:
    review = step.review
    if not (yield "add_review", review_values(review)):
        raise Conflict(f"conversation {review.conversation_id!r} has an open review already")


def changing_review(step: ChangeReview) -> Work[None]:
    """Store a review again if it is at the version that it names, or raise Conflict."""
    if not (yield "change_review", review_values(step.review)):
        raise Conflict(f"review {step.review.review_id!r} changed meanwhile")


_WORK: Final[Mapping[type[Any], Callable[[Any], Work[None]]]] = {
    AddSession: _add_session,
    ChangeSession: changing_session,
    TakeSlot: _take_slot,
    FreeSlot: freeing_slot,
    ChangeAgent: _change_agent,
    AddReview: _add_review,
    ChangeReview: changing_review,
}
