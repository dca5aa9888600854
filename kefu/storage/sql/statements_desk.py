"""Statements about the desk: see :mod:`kefu.storage.sql.statements`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Executable,
    Float,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or

from kefu.storage.sql.tables import conversations
from kefu.storage.sql.tables_desk import (
    desk_agents,
    desk_events,
    desk_events_head,
    desk_intervals,
    desk_reviews,
    service_sessions,
    session_tags,
)

__all__ = ["OF_DESK", "SESSION"]

P = bindparam
_c, _s, _t, _ag = conversations.c, service_sessions.c, session_tags.c, desk_agents.c
_i, _re, _ev, _he = desk_intervals.c, desk_reviews.c, desk_events.c, desk_events_head.c
_ZERO: Any = literal_column("0")
_ONE: Any = literal_column("1")
_THE_ROW: Any = _he.id == _ONE

SESSION: Final = (
    _s.session_id,
    _s.conversation_id,
    _s.state,
    _s.version,
    _s.opened_at,
    _s.changed_at,
    _s.channel,
    _s.tier,
    _s.group_id,
    _s.priority,
    _s.waiting_since,
    _s.is_first_in_line,
    _s.agent_id,
    _s.first_assigned_at,
    _s.unanswered_since,
    _s.read_seq,
    _s.snoozed_until,
    _s.due_at,
    _s.closed_at,
    _s.body,
)
_AGENT = (
    _ag.agent_id,
    _ag.version,
    _ag.name,
    _ag.is_active,
    _ag.is_connected,
    _ag.connected_until,
    _ag.is_accepting,
    _ag.max_sessions,
    _ag.open,
    _ag.idle_since,
    _ag.body,
)
_REVIEW = (
    _re.review_id,
    _re.conversation_id,
    _re.version,
    _re.state,
    _re.group_id,
    _re.asked_at,
    _re.deadline,
    _re.decided_at,
    _re.body,
)
_INTERVAL = (
    _i.agent_id,
    _i.begun_at,
    _i.ended_at,
    _i.status,
    _i.reason,
    _i.is_connected,
    _i.is_accepting,
)
_EVENT = (_ev.position, _ev.kind, _ev.subject, _ev.recipient, _ev.data, _ev.at)

_IS_OPEN: Any = _s.state != literal_column("'closed'")
_IS_CLOSED: Any = _s.state == literal_column("'closed'")
_IS_WAITING: Any = _s.state == literal_column("'waiting'")
_IS_ASSIGNED: Any = _s.state == literal_column("'assigned'")
_OF_CONVERSATION: Any = _s.conversation_id == P("conversation_id")
_CHANGEABLE: Final[dict[str, Any]] = {
    name: P(name)
    for name in (
        "conversation_id",
        "state",
        "opened_at",
        "changed_at",
        "channel",
        "tier",
        "group_id",
        "priority",
        "waiting_since",
        "is_first_in_line",
        "agent_id",
        "first_assigned_at",
        "unanswered_since",
        "read_seq",
        "snoozed_until",
        "due_at",
        "closed_at",
        "body",
    )
}
_other = service_sessions.alias("other")
_IS_ONLY_ONE: Any = or_(
    P("state") == literal_column("'closed'"),
    ~select(_other.c.id)
    .where(
        _other.c.conversation_id == P("conversation_id"),
        _other.c.state != literal_column("'closed'"),
        _other.c.session_id != P("session_id"),
    )
    .exists(),
)

_OF_SESSIONS: dict[str, Executable] = {
    "session": select(*SESSION).where(_s.session_id == P("session_id")),
    "open_session": select(*SESSION).where(_OF_CONVERSATION, _IS_OPEN),
    "lock_open_session": select(*SESSION).where(_OF_CONVERSATION, _IS_OPEN).with_for_update(),
    "lock_sessions_of": select(*SESSION).where(_OF_CONVERSATION).order_by(_s.id).with_for_update(),
    "sessions_of": select(*SESSION)
    .where(_OF_CONVERSATION, _s.opened_at < P("before"))
    .order_by(_s.opened_at.desc(), _s.id.desc())
    .limit(P("limit")),
    "waiting_sessions": select(*SESSION)
    .where(_IS_WAITING)
    .order_by(func.coalesce(_s.waiting_since, _s.opened_at), _s.id),
    "sessions_with": select(*SESSION)
    .where(_s.agent_id == P("agent_id"), _IS_OPEN, _IS_ASSIGNED)
    .order_by(_s.id),
    "due_sessions": select(*SESSION)
    .where(_s.due_at <= P("now"))
    .order_by(_s.due_at, _s.id)
    .limit(P("limit")),
    "next_due_at_desk": select(
        select(func.min(_s.due_at)).where(_s.due_at.is_not(None)).scalar_subquery(),
        select(func.min(_re.deadline))
        .where(_re.state == literal_column("'open'"))
        .scalar_subquery(),
    ),
    "sessions_since": select(*SESSION)
    .where(_s.opened_at >= P("since"))
    .order_by(_s.opened_at.desc(), _s.id.desc())
    .limit(P("limit")),
    "handlings": select(_s.group_id, _s.first_assigned_at, _s.closed_at, _s.opened_at)
    .where(_IS_CLOSED, _s.first_assigned_at.is_not(None), _s.closed_at >= P("since"))
    .order_by(_s.closed_at.desc(), _s.id.desc())
    .limit(P("limit")),
    "add_session": insert_or(service_sessions)
    .values(
        **_CHANGEABLE,
        session_id=P("session_id"),
        version=P("version"),
        tagged=P("tagged"),
    )
    .on_conflict_do_nothing()
    .returning(_s.id),
    # Gives what it is found by so far: that is changed only where it is another.
    "change_session": update(service_sessions)
    .where(_s.session_id == P("session_id"), _s.version == P("version"), _IS_ONLY_ONE)
    .values(**_CHANGEABLE, version=_s.version + _ONE)
    .returning(_s.id, _s.tagged),
    "rename_sessions": update(service_sessions)
    .where(_OF_CONVERSATION)
    .values(conversation_id=P("new_id"), version=_s.version + _ONE)
    .returning(_s.id),
    "drop_session_tags": delete_from(session_tags).where(_t.session == P("session")),
    "add_session_tag": insert(session_tags)
    .inline()
    .values(session=P("session"), kind=P("kind"), value=P("value")),
    "set_tagged": update(service_sessions).where(_s.id == P("session")).values(tagged=P("tagged")),
}

_AGENT_VALUES: Final[dict[str, Any]] = {
    name: P(name)
    for name in (
        "name",
        "is_active",
        "is_connected",
        "connected_until",
        "is_accepting",
        "max_sessions",
        "body",
    )
}
_count_of = (
    select(func.count())
    .select_from(service_sessions)
    .where(_s.agent_id == _ag.agent_id, _IS_OPEN, _IS_ASSIGNED)
    .scalar_subquery()
)
_IDLE: Any = P("idle_since", type_=Float)

_OF_AGENTS: dict[str, Executable] = {
    "desk_agent": select(*_AGENT).where(_ag.agent_id == P("agent_id")),
    "desk_agents": select(*_AGENT).order_by(_ag.name, _ag.agent_id),
    "add_desk_agent": insert_or(desk_agents)
    .values(**_AGENT_VALUES, agent_id=P("agent_id"), idle_since=_IDLE, version=_ONE, open=_ZERO)
    .on_conflict_do_nothing()
    .returning(_ag.agent_id),
    # A place that was taken meanwhile is not forgotten.
    "change_desk_agent": update(desk_agents)
    .where(_ag.agent_id == P("agent_id"), _ag.version == P("version"))
    .values(
        **_AGENT_VALUES,
        idle_since=case((_ag.idle_since > _IDLE, _ag.idle_since), else_=_IDLE),
        version=_ag.version + _ONE,
    )
    .returning(_ag.agent_id),
    "take_slot": update(desk_agents)
    .where(
        _ag.agent_id == P("agent_id"),
        or_(
            P("needs") == literal_column("'nothing'"),
            and_(
                _ag.open < _ag.max_sessions,
                or_(P("needs") == literal_column("'place'"), _ag.is_accepting == _ONE),
            ),
        ),
    )
    .values(open=_ag.open + _ONE, idle_since=P("at"))
    .returning(_ag.open),
    "free_slot": update(desk_agents)
    .where(_ag.agent_id == P("agent_id"), _ag.open > _ZERO)
    .values(open=_ag.open - _ONE),
    "keep_connected": update(desk_agents)
    .where(_ag.agent_id == P("agent_id"), _ag.connected_until < P("until"))
    .values(connected_until=P("until")),
    "miscounted_agents": select(_ag.agent_id).where(_ag.open != _count_of).order_by(_ag.agent_id),
    "lock_desk_agent": select(_ag.open).where(_ag.agent_id == P("agent_id")).with_for_update(),
    "count_assigned": select(func.count())
    .select_from(service_sessions)
    .where(_s.agent_id == P("agent_id"), _IS_OPEN, _IS_ASSIGNED),
    "set_open": update(desk_agents).where(_ag.agent_id == P("agent_id")).values(open=P("open")),
    "end_interval": update(desk_intervals)
    .where(_i.agent_id == P("agent_id"), _i.ended_at.is_(None))
    .values(ended_at=P("ended_at")),
    "add_interval": insert(desk_intervals)
    .inline()
    .values(
        agent_id=P("agent_id"),
        begun_at=P("begun_at"),
        ended_at=P("ended_at"),
        status=P("status"),
        reason=P("reason"),
        is_connected=P("is_connected"),
        is_accepting=P("is_accepting"),
    ),
    "intervals": select(*_INTERVAL)
    .where(
        _i.agent_id == P("agent_id"),
        _i.begun_at < P("until"),
        or_(_i.ended_at.is_(None), _i.ended_at > P("since")),
    )
    .order_by(_i.begun_at, _i.id),
}

_IS_UNDECIDED: Any = _re.state == literal_column("'open'")
_REVIEW_VALUES: Final[dict[str, Any]] = {
    name: P(name)
    for name in (
        "conversation_id",
        "state",
        "group_id",
        "asked_at",
        "deadline",
        "decided_at",
        "body",
    )
}
_OF_REVIEWS: dict[str, Executable] = {
    "review": select(*_REVIEW).where(_re.review_id == P("review_id")),
    "open_review": select(*_REVIEW).where(
        _re.conversation_id == P("conversation_id"), _IS_UNDECIDED
    ),
    "lock_reviews_of": select(*_REVIEW)
    .where(_re.conversation_id == P("conversation_id"))
    .order_by(_re.id)
    .with_for_update(),
    "open_reviews": select(*_REVIEW)
    .where(_IS_UNDECIDED)
    .order_by(_re.deadline, _re.id)
    .limit(P("limit")),
    "decided_reviews": select(*_REVIEW)
    .where(_re.state != literal_column("'open'"), _re.decided_at < P("before"))
    .order_by(_re.decided_at.desc(), _re.id.desc())
    .limit(P("limit")),
    "overdue_reviews": select(*_REVIEW)
    .where(_IS_UNDECIDED, _re.deadline <= P("now"))
    .order_by(_re.deadline, _re.id)
    .limit(P("limit")),
    "add_review": insert_or(desk_reviews)
    .values(**_REVIEW_VALUES, review_id=P("review_id"), version=P("version"))
    .on_conflict_do_nothing()
    .returning(_re.id),
    "change_review": update(desk_reviews)
    .where(_re.review_id == P("review_id"), _re.version == P("version"))
    .values(**_REVIEW_VALUES, version=_re.version + _ONE)
    .returning(_re.id),
    "rename_reviews": update(desk_reviews)
    .where(_re.conversation_id == P("conversation_id"))
    .values(conversation_id=P("new_id"), version=_re.version + _ONE)
    .returning(_re.id),
}

_OF_FEED: dict[str, Executable] = {
    # Waits for whoever else tells something, until they have committed.
    "move_events_head": update(desk_events_head)
    .where(_THE_ROW)
    .values(position=_he.position + P("count"))
    .returning(_he.position),
    "begin_events": insert_or(desk_events_head)
    .values(id=_ONE, position=_ZERO)
    .on_conflict_do_nothing(index_elements=["id"]),
    "add_event": insert(desk_events)
    .inline()
    .values(
        position=P("position"),
        kind=P("kind"),
        subject=P("subject"),
        recipient=P("recipient"),
        data=P("data"),
        at=P("at"),
    ),
    "desk_events": select(*_EVENT)
    .where(_ev.position > P("after"))
    .order_by(_ev.position)
    .limit(P("limit")),
    "ends_of_events": select(
        select(func.min(_ev.position)).scalar_subquery(),
        select(_he.position).where(_THE_ROW).scalar_subquery(),
    ),
    "first_kept_event": select(_ev.position)
    .where(_ev.at >= P("before"))
    .order_by(_ev.position)
    .limit(_ONE),
    "drop_events": delete_from(desk_events).where(_ev.position < P("first")),
    "erase_events": update(desk_events)
    .where(_ev.subject == P("subject"))
    .values(data=literal_column("'{}'")),
}

_OF_OWNERS: dict[str, Executable] = {
    "lock_owned": select(_c.id, _c.version, _c.owner, _c.last_seq, _c.answered_seq)
    .where(_c.conversation_id == P("conversation_id"), _c.is_absorbed == _ZERO)
    .with_for_update(),
    "begin_conversation": insert_or(conversations)
    .values(
        conversation_id=P("conversation_id"),
        version=_ZERO,
        owner=literal_column("'bot'"),
        channel=literal_column("''"),
        last_seq=_ZERO,
        last_message_seq=_ZERO,
        answered_seq=_ZERO,
        created_at=P("now"),
        changed_at=P("now"),
    )
    .on_conflict_do_nothing(index_elements=["conversation_id"]),
    "give_from_bot": update(conversations)
    .where(_c.conversation_id == P("conversation_id"), _c.owner == literal_column("'bot'"))
    .values(owner=P("owner")),
}

OF_DESK: Final[dict[str, Executable]] = {
    **_OF_SESSIONS,
    **_OF_AGENTS,
    **_OF_REVIEWS,
    **_OF_FEED,
    **_OF_OWNERS,
}
