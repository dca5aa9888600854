"""The statements about replies on their way."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Executable, bindparam, exists, func, insert, literal_column, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or

from kefu.storage.sql.tables import answered_together, conversations, deliveries, early_reports

__all__ = ["OF_DELIVERIES"]

P = bindparam
_c, _d, _t, _er = conversations.c, deliveries.c, answered_together.c, early_reports.c
_ONE: Any = literal_column("1")
_NULL: Any = literal_column("NULL")
_STATES = ("pending", "sent", "delivered", "read", "failed")
_earlier = deliveries.alias("earlier")


def _text(value: str) -> Any:
    return literal_column(f"'{value}'")


_PENDING, _SENT, _DELIVERED, _READ, _FAILED = (_text(state) for state in _STATES)
_DELIVERY = (
    _d.id,
    _c.conversation_id,
    _d.cause_seq,
    _d.channel,
    _d.body,
    _d.state,
    _d.attempts,
    _d.error,
    _d.recipient,
    _d.seq,
    _d.reference,
    _d.created_at,
    _d.settled_at,
    _d.retry_at,
)
_deliveries = select(*_DELIVERY).join_from(deliveries, conversations, _d.conversation == _c.id)
_is_unread = _d.state.in_([_SENT, _DELIVERED])
_can_be_seen = _d.channel != literal_column("'rest'")
"""As the index on what is unread says it."""
_is_of_conversation = _d.conversation == (
    select(_c.id).where(_c.conversation_id == P("conversation_id")).scalar_subquery()
)
_first_held = (
    select(func.min(_earlier.c.id))
    .where(
        _earlier.c.conversation
        == select(_c.id).where(_c.conversation_id == P("conversation_id")).scalar_subquery(),
        _earlier.c.channel == _d.channel,
        _earlier.c.state == _PENDING,
        _earlier.c.retry_at >= P("held"),
    )
    .correlate(deliveries)
    .scalar_subquery()
)
_answered_with = func.coalesce(
    select(_t.answered_with)
    .where(_t.conversation == _c.id, _t.seq == P("seq"))
    .correlate(conversations)
    .scalar_subquery(),
    P("seq"),
)
_page = _deliveries.where(_d.id > P("after")).order_by(_d.id).limit(P("limit"))
_reported = (
    update(deliveries)
    .where(_d.channel == P("channel"), _d.reference == P("reference"), _d.reference.is_not(None))
    .values(settled_at=P("at"))
    .returning(_d.id)
)

OF_DELIVERIES: Final[dict[str, Executable]] = {
    "add_delivery": insert(deliveries)
    .values(
        conversation=P("conversation"),
        cause_seq=P("cause_seq"),
        channel=P("channel"),
        body=P("body"),
        state=P("state"),
        attempts=literal_column("0"),
        created_at=P("now"),
        retry_at=P("retry_at"),
        settled_at=P("settled_at"),
        recipient=P("recipient"),
        seq=P("seq"),
    )
    .returning(_d.id),
    "pending_deliveries": select(_d.id)
    .where(
        _d.conversation == P("conversation"),
        _d.channel == P("channel"),
        _d.state == _PENDING,
    )
    .order_by(_d.id),
    "deliveries_of_message": _deliveries.where(
        _c.conversation_id == P("conversation_id"), _d.cause_seq == _answered_with
    ).order_by(_d.id),
    "deliveries_between": _deliveries.where(
        _c.conversation_id == P("conversation_id"), _d.seq >= P("first"), _d.seq <= P("last")
    ).order_by(_d.id),
    "add_answered_together": insert(answered_together)
    .inline()
    .values(conversation=P("conversation"), seq=P("seq"), answered_with=P("answered_with")),
    "due_deliveries": _deliveries.where(
        _d.state == _PENDING,
        _d.retry_at <= P("now"),
        ~exists(_ONE)
        .where(
            _earlier.c.conversation == _d.conversation,
            _earlier.c.channel == _d.channel,
            _earlier.c.id < _d.id,
            _earlier.c.state == _PENDING,
            _earlier.c.retry_at > P("now"),
        )
        .correlate(deliveries),
    )
    .order_by(_d.id)
    .limit(P("limit"))
    .with_for_update(of=deliveries, skip_locked=True),
    "pending_ids": select(_d.id)
    .join_from(deliveries, conversations, _d.conversation == _c.id)
    .where(
        _c.conversation_id == P("conversation_id"),
        _d.channel == P("channel"),
        _d.state == _PENDING,
    )
    .order_by(_d.id),
    "hold_delivery": update(deliveries).where(_d.id == P("id")).values(retry_at=P("until")),
    "delivery_sent": update(deliveries)
    .where(_d.id == P("id"), _d.state == _PENDING)
    .values(
        state=_SENT,
        attempts=_d.attempts + _ONE,
        error=_NULL,
        settled_at=P("at"),
        reference=P("reference"),
    ),
    "delivery_failed": update(deliveries)
    .where(_d.id == P("id"), _d.state == _PENDING)
    .values(
        state=P("state"),
        attempts=_d.attempts + _ONE,
        error=P("error"),
        retry_at=P("retry_at"),
        settled_at=P("settled_at"),
    ),
    "delivery_held": update(deliveries)
    .where(_d.id == P("id"), _d.state == _PENDING)
    .values(error=P("error"), retry_at=P("until")),
    "release_deliveries": update(deliveries)
    .where(_is_of_conversation, _d.state == _PENDING, _d.id >= _first_held)
    .values(retry_at=P("at"), error=_NULL)
    .returning(_d.id),
    "report_delivered": _reported.where(_d.state == _SENT).values(state=_DELIVERED),
    "report_read": _reported.where(_is_unread).values(state=_READ),
    "report_failed": _reported.where(_is_unread).values(state=_FAILED, error=P("reason")),
    "has_reference": select(_d.id).where(
        _d.channel == P("channel"), _d.reference == P("reference"), _d.reference.is_not(None)
    ),
    "add_early_report": insert_or(early_reports)
    .values(
        channel=P("channel"),
        reference=P("reference"),
        state=P("state"),
        reason=P("reason"),
        reported_at=P("at"),
    )
    .on_conflict_do_nothing(index_elements=["channel", "reference", "state"]),
    "any_early_report": select(_ONE).select_from(early_reports).limit(_ONE),
    "early_reports": select(_er.channel, _er.reference, _er.state, _er.reason, _er.reported_at)
    .where(
        exists(_ONE).where(
            _d.channel == _er.channel, _d.reference == _er.reference, _d.reference.is_not(None)
        )
    )
    .order_by(_er.reported_at, _er.state)
    .limit(P("limit"))
    .with_for_update(of=early_reports, skip_locked=True),
    "drop_early_report": delete_from(early_reports).where(
        _er.channel == P("channel"), _er.reference == P("reference"), _er.state == P("state")
    ),
    "drop_old_early_reports": delete_from(early_reports).where(_er.reported_at < P("before")),
    "seen_deliveries": update(deliveries)
    .where(
        _is_of_conversation,
        _is_unread,
        _can_be_seen,
        _d.seq <= P("up_to"),
        _d.state != P("state"),
        _d.channel == P("channel"),
    )
    .values(state=P("state"), settled_at=P("at"))
    .returning(_d.id),
    "find_delivery": _deliveries.where(_d.id == P("id")),
    "list_deliveries": _page,
    **{f"list_{state}_deliveries": _page.where(_d.state == _text(state)) for state in _STATES},
    "send_delivery_again": update(deliveries)
    .where(_d.id == P("id"), _d.state == _FAILED)
    .values(
        state=_PENDING,
        attempts=literal_column("0"),
        error=_NULL,
        retry_at=P("at"),
        settled_at=_NULL,
        reference=_NULL,
    )
    .returning(_d.id),
}
