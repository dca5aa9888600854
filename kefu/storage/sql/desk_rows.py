"""The desk's records as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kefu.desk.agents import DeskAgent, Interval, Status
from kefu.desk.changes import DeskEvent
from kefu.desk.reviews import Review
from kefu.desk.sessions import Mark, ServiceSession

__all__ = [
    "INVITED",
    "LABEL",
    "SESSION_COLUMNS",
    "agent_from",
    "agent_values",
    "event_from",
    "interval_from",
    "interval_values",
    "json_text",
    "review_from",
    "review_values",
    "session_from",
    "session_values",
    "tags_of",
    "text_of_tags",
]

LABEL: Final = "label"
INVITED: Final = "invited"
SESSION_COLUMNS: Final = 20
"""How many columns :func:`session_from` reads."""


class _SessionBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a session is never looked for."""

    opened_by: str
    reason: str
    detail: str = ""
    summary: dict[str, Any] = {}
    language: str = ""
    skills: tuple[str, ...] = ()
    last_agent_id: str | None = None
    mark: Mark = ""
    not_to: tuple[str, ...] = ()
    assigned_at: float | None = None
    first_answer_at: float | None = None
    invited: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    closed_by: str = ""
    wrap_up: dict[str, Any] | None = None
    rating: dict[str, Any] | None = None
    rating_id: str | None = None


class _AgentBody(msgspec.Struct, frozen=True, kw_only=True):
    """What of an agent is never looked for."""

    avatar: str
    staff_number: str
    languages: frozenset[str]
    skills: dict[str, int]
    groups: frozenset[str]
    status: Status
    status_reason: str
    status_since: float


class _ReviewBody(msgspec.Struct, frozen=True, kw_only=True):
    """What of a review is never looked for."""

    key: str
    channel: str
    language: str
    skills: tuple[str, ...]
    question: str
    intent: str
    action: str
    draft: dict[str, Any]
    confidence: float
    parts: dict[str, float]
    by_itself: str
    claimed_by: str | None
    claimed_until: float | None
    decided_by: str | None
    text: str | None


_encode = msgspec.json.Encoder(order="deterministic").encode
_session_body = msgspec.json.Decoder(_SessionBody).decode
_agent_body = msgspec.json.Decoder(_AgentBody).decode
_review_body = msgspec.json.Decoder(_ReviewBody).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode
_SESSION_FIELDS: Final = _SessionBody.__struct_fields__
_AGENT_FIELDS: Final = _AgentBody.__struct_fields__
_REVIEW_FIELDS: Final = _ReviewBody.__struct_fields__


def json_text(value: Any) -> str:
    """Return ``value`` as JSON text."""
    return _encode(value).decode()


def _parts(record: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


# -- sessions ------------------------------------------------------------------------------


def tags_of(session: ServiceSession) -> list[tuple[str, str]]:
    """Return what a session is found by beside its columns: kind and value."""
    found = {(LABEL, label) for label in session.labels}
    found |= {(INVITED, agent_id) for agent_id in session.invited}
    return sorted(found)


def text_of_tags(session: ServiceSession) -> str:
    """Return the same as text, to be compared."""
    tags = tags_of(session)
    return json_text(tags) if tags else ""


def session_values(session: ServiceSession) -> dict[str, Any]:
    """Return the columns of a session, its version being that of the record."""
    return {
        "session_id": session.session_id,
        "conversation_id": session.conversation_id,
        "state": session.state,
        "version": session.version,
        "opened_at": session.opened_at,
        "changed_at": session.changed_at,
        "channel": session.channel,
        "tier": session.tier,
        "group_id": session.group_id,
        "priority": session.priority,
        "waiting_since": session.waiting_since,
        "is_first_in_line": int(session.is_first_in_line),
        "agent_id": session.agent_id,
        "first_assigned_at": session.first_assigned_at,
        "unanswered_since": session.unanswered_since,
        "read_seq": session.read_seq,
        "snoozed_until": session.snoozed_until,
        "due_at": session.due_at,
        "closed_at": session.closed_at,
        "body": json_text(_SessionBody(**_parts(session, _SESSION_FIELDS))),
        "tagged": text_of_tags(session),
    }


def session_from(row: Sequence[Any]) -> ServiceSession:
    """Return the session in a row."""
    return ServiceSession(
        session_id=row[0],
        conversation_id=row[1],
        state=row[2],
        version=row[3],
        opened_at=row[4],
        changed_at=row[5],
        channel=row[6],
        tier=row[7],
        group_id=row[8],
        priority=row[9],
        waiting_since=row[10],
        is_first_in_line=bool(row[11]),
        agent_id=row[12],
        first_assigned_at=row[13],
        unanswered_since=row[14],
        read_seq=row[15],
        snoozed_until=row[16],
        due_at=row[17],
        closed_at=row[18],
        **_parts(_session_body(row[19]), _SESSION_FIELDS),
    )


# -- agents --------------------------------------------------------------------------------


def agent_values(agent: DeskAgent) -> dict[str, Any]:
    """Return the columns of an agent but ``open``, the version being that of the record."""
    return {
        "agent_id": agent.agent_id,
        "version": agent.version,
        "name": agent.name,
        "is_active": int(agent.is_active),
        "is_connected": int(agent.is_connected),
        "connected_until": agent.connected_until,
        "is_accepting": int(agent.is_accepting),
        "max_sessions": agent.max_sessions,
        "idle_since": agent.idle_since,
        "body": json_text(_AgentBody(**_parts(agent, _AGENT_FIELDS))),
    }


def agent_from(row: Sequence[Any]) -> DeskAgent:
    """Return the agent in a row."""
    return DeskAgent(
        agent_id=row[0],
        version=row[1],
        name=row[2],
        is_active=bool(row[3]),
        is_connected=bool(row[4]),
        connected_until=row[5],
        is_accepting=bool(row[6]),
        max_sessions=row[7],
        open=row[8],
        idle_since=row[9],
        **_parts(_agent_body(row[10]), _AGENT_FIELDS),
    )


def interval_values(interval: Interval) -> dict[str, Any]:
    """Return the columns of an interval."""
    return {
        "agent_id": interval.agent_id,
        "begun_at": interval.begun_at,
        "ended_at": interval.ended_at,
        "status": interval.status,
        "reason": interval.reason,
        "is_connected": int(interval.is_connected),
        "is_accepting": int(interval.is_accepting),
    }


def interval_from(row: Sequence[Any]) -> Interval:
    """Return the interval in a row."""
    return Interval(
        agent_id=row[0],
        begun_at=row[1],
        ended_at=row[2],
        status=row[3],
        reason=row[4],
        is_connected=bool(row[5]),
        is_accepting=bool(row[6]),
    )


# -- reviews -------------------------------------------------------------------------------


def review_values(review: Review) -> dict[str, Any]:
    """Return the columns of a review, its version being that of the record."""
    return {
        "review_id": review.review_id,
        "conversation_id": review.conversation_id,
        "version": review.version,
        "state": review.state,
        "group_id": review.group_id,
        "asked_at": review.asked_at,
        "deadline": review.deadline,
        "decided_at": review.decided_at,
        "body": json_text(_ReviewBody(**_parts(review, _REVIEW_FIELDS))),
    }


def review_from(row: Sequence[Any]) -> Review:
    """Return the review in a row."""
    return Review(
        review_id=row[0],
        conversation_id=row[1],
        version=row[2],
        state=row[3],
        group_id=row[4],
        asked_at=row[5],
        deadline=row[6],
        decided_at=row[7],
        **_parts(_review_body(row[8]), _REVIEW_FIELDS),
    )


# -- feed ----------------------------------------------------------------------------------


def event_from(row: Sequence[Any]) -> DeskEvent:
    """Return the event in a row."""
    return DeskEvent(
        position=row[0],
        kind=row[1],
        subject=row[2],
        to=row[3],
        data=_object(row[4]),
        at=row[5],
    )
