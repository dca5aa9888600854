"""Conversations as they stand in lists, sessions, reviews and agents, as agents see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET

from kefu.core.codec import decode_event
from kefu.core.content_texts import text_of
from kefu.core.contents import Content, content_of
from kefu.core.events import Event
from kefu.desk.agents import DeskAgent
from kefu.desk.reviews import Review
from kefu.desk.rows import Counts, LastLine, RowRecord
from kefu.desk.sessions import ServiceSession
from kefu.errors import EventError
from kefu.server.desk.items import Items, moment
from kefu.server.desk.shapes import (
    ClosedBy,
    CountsShown,
    Item,
    LastShown,
    OpenReview,
    PersonShown,
    PresenceShown,
    ReasonShown,
    ReviewShown,
    Row,
    RowCustomer,
    SessionShown,
)

__all__ = [
    "People",
    "counts_shown",
    "person_shown",
    "presence_shown",
    "review_shown",
    "row_shown",
    "session_shown",
]

People = Mapping[str, PersonShown]
"""Agents by id."""

_LONGEST_LAST: Final = 200
_ITEMS: Final = Items()
_NONE: Final = ServiceSession(session_id="", conversation_id="", opened_at=0.0, changed_at=0.0)
"""Stands for the session of a conversation in which none is open."""
_CLOSERS: Final = frozenset({"customer", "bot", "idle"})
_decode = msgspec.json.Decoder().decode


class _Said:
    """An entry of a log made of a line of a list."""

    __slots__ = ("event", "note", "seq", "timestamp")

    def __init__(self, line: LastLine, event: Event) -> None:
        self.seq, self.timestamp, self.note = line.seq, line.at, None
        self.event: Event | None = event


def person_shown(agent: DeskAgent) -> PersonShown:
    """Return who an agent is."""
    return PersonShown(agent.agent_id, agent.name, agent.avatar)


def _person(people: People, agent_id: str | None) -> PersonShown | None:
    """Return an agent; one whom nobody knows any more without a name."""
    if not agent_id:
        return None
    return people.get(agent_id) or PersonShown(agent_id, "")


def row_shown(
    record: RowRecord,
    people: People,
    *,
    review: Review | None = None,
    has_draft: bool | None = None,
) -> Row:
    """Return a conversation as it stands in a list.

    Args:
        record: What the store has of it.
        people: Knows the agents.
        review: The draft in it that nobody has decided.
        has_draft: Whether whoever asks has begun to write in it; None: that is not told.
    """
    known, session = record.session, record.session or _NONE
    return Row(
        conversation_id=record.conversation_id,
        session_id=None if known is None else session.session_id,
        state="bot" if known is None else session.state,
        customer=_customer(record),
        channel=record.channel or session.channel,
        last=None if record.last is None else _last(record.last),
        last_seq=record.last_seq,
        unread=record.unread,
        waiting_since=_time(session.waiting_since),
        unanswered_since=_time(session.unanswered_since),
        agent=_person(people, session.agent_id),
        group_id=session.group_id,
        skills=list(session.skills),
        language=session.language,
        labels=list(session.labels),
        priority=session.priority,
        is_first_in_line=session.is_first_in_line,
        reason=None if known is None else ReasonShown(session.reason, session.detail),
        mark=session.mark,
        snoozed_until=_time(session.snoozed_until),
        review=None if review is None else OpenReview(review.review_id, moment(review.deadline)),
        has_draft=UNSET if has_draft is None else has_draft,
        invited=_people(people, session.invited),
        version=0 if known is None else session.version,
        changed_at=moment(record.changed_at),
    )


def _customer(record: RowRecord) -> RowCustomer:
    session = record.session
    name = record.customer_name
    if not name and session is not None:
        said = session.summary.get("customer_name")
        name = said if isinstance(said, str) else ""
    tier = session.tier if session else 0
    return RowCustomer(record.customer_id, name, tier, list(record.customer_tags))


def _people(people: People, ids: tuple[str, ...]) -> list[PersonShown]:
    return [one for agent_id in ids if (one := _person(people, agent_id)) is not None]


def _time(seconds: float | None) -> Any:
    return None if seconds is None else moment(seconds)


def _last(line: LastLine) -> LastShown | None:
    item = _item(line)
    if item is None:
        return None
    content = item.content if isinstance(item.content, dict) else None
    text = item.text if isinstance(item.text, str) else ""
    kind = "text"
    if content is not None:
        kind = str(content.get("type") or "text")
        text = text or _text_of(content)
    elif not text and item.image is not UNSET:
        kind = "image"
    elif not text and (item.buttons is not UNSET or item.elements is not UNSET):
        kind = "card"
    return LastShown(line.seq, moment(line.at), item.kind, _shortened(text), kind)


def _item(line: LastLine) -> Item | None:
    try:
        event = decode_event(_decode(line.body))
    except (msgspec.DecodeError, EventError, KeyError, TypeError, ValueError):
        return None
    shown = _ITEMS.of([_Said(line, event)])
    return shown[0] if shown else None


def _text_of(raw: Mapping[str, Any]) -> str:
    content: Content = content_of(raw)
    return text_of(content)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LAST else text[: _LONGEST_LAST - 1] + "…"


def counts_shown(counts: Counts) -> CountsShown:
    """Return how many there are in each view."""
    return CountsShown(
        counts.mine,
        counts.mine_unread,
        counts.waiting,
        counts.review,
        counts.all_open,
        counts.snoozed,
    )


def presence_shown(agent: DeskAgent) -> PresenceShown:
    """Return whether an agent is there."""
    return PresenceShown(
        agent=person_shown(agent),
        is_connected=agent.is_connected,
        status=agent.status,
        reason=agent.status_reason,
        since=moment(agent.status_since),
        is_accepting=agent.is_accepting,
        open=agent.open,
        max_sessions=agent.max_sessions,
        groups=sorted(agent.groups),
        skills=dict(agent.skills),
    )


def review_shown(
    review: Review, people: People, customer: RowCustomer, *, now: float
) -> ReviewShown:
    """Return a draft and what became of it; who looked at it is told only as long as that lasts."""
    until = review.claimed_until
    is_claimed = until is not None and until > now
    return ReviewShown(
        review_id=review.review_id,
        conversation_id=review.conversation_id,
        customer=customer,
        channel=review.channel,
        question=review.question,
        draft=dict(review.draft) or None,
        action=review.action,
        confidence=review.confidence,
        parts=dict(review.parts),
        intent=review.intent,
        asked_at=moment(review.asked_at),
        deadline=moment(review.deadline),
        by_itself=review.by_itself,
        state=review.state,
        decided_by=_person(people, review.decided_by),
        decided_at=_time(review.decided_at),
        text=review.text,
        claimed_by=_person(people, review.claimed_by) if is_claimed else None,
        claimed_until=_time(until) if is_claimed else None,
        version=review.version,
    )


def session_shown(session: ServiceSession, people: People) -> SessionShown:
    """Return a session; how long the customer waited counts until the first agent came."""
    first, closed = session.first_assigned_at, session.closed_at
    return SessionShown(
        session_id=session.session_id,
        conversation_id=session.conversation_id,
        state=session.state,
        agent=_person(people, session.agent_id),
        group_id=session.group_id,
        reason=ReasonShown(session.reason, session.detail),
        summary=dict(session.summary) or None,
        requested_at=moment(session.opened_at),
        assigned_at=_time(session.assigned_at),
        first_answer_at=_time(session.first_answer_at),
        closed_at=_time(closed),
        closed_by=_closed_by(session, people),
        wrap_up=None if session.wrap_up is None else dict(session.wrap_up),
        rating=None if session.rating is None else dict(session.rating),
        labels=list(session.labels),
        handling_seconds=None if first is None or closed is None else max(0.0, closed - first),
        waiting_seconds=None if first is None else max(0.0, first - session.opened_at),
        version=session.version,
    )


def _closed_by(session: ServiceSession, people: People) -> ClosedBy | None:
    by = session.closed_by
    if session.state != "closed" or not by:
        return None
    if by in _CLOSERS:
        return ClosedBy(kind=by)  # type: ignore[arg-type]
    return ClosedBy(kind="agent", agent=_person(people, by))
