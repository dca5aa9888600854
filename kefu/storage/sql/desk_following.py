"""What happens at the desk when customers merge or have deleted what they said, in SQL.

Each is a part of the unit of work that does the rest, and returns what is to be told at its end.
"""

from __future__ import annotations

from collections.abc import Sequence

from kefu.desk.changes import ChangeReview, ChangeSession, FreeSlot, Tell
from kefu.desk.following import absorbed, bare_review, bare_session, moved, row_of, superseded
from kefu.desk.reviews import Review
from kefu.storage.sql.desk_rows import review_from, session_from
from kefu.storage.sql.desk_steps import changing_review, changing_session, freeing_slot
from kefu.storage.sql.work import Work

__all__ = ["erasing", "handing_over", "renaming"]


def handing_over(from_: str, to: str, read_seq: int, at: float) -> Work[list[Tell]]:
    """Let nobody wait, or be served, in an absorbed conversation any more.

    Args:
        from_: The absorbed conversation.
        to: The kept one.
        read_seq: Where its log ended before.
        at: The time.
    """
    rows = yield "lock_open_session", {"conversation_id": from_}
    if rows:
        session = session_from(rows[0])
        if (yield "open_session", {"conversation_id": to}):
            yield from changing_session(ChangeSession(absorbed(session, at)))
            if session.state == "assigned" and session.agent_id is not None:
                yield from freeing_slot(FreeSlot(session.agent_id))
        else:
            changed, owner = moved(session, to, read_seq, at)
            yield from changing_session(ChangeSession(changed))
            yield "give_from_bot", {"conversation_id": to, "owner": owner}
    told = [row_of(from_, at), row_of(to, at)]
    for review in (yield from _reviews(from_)):
        if review.is_open:
            yield from changing_review(ChangeReview(superseded(review, at)))
            told.append(_review(review, at))
    return told


def renaming(conversation_id: str, new_id: str, at: float) -> Work[list[Tell]]:
    """Let sessions and reviews follow a conversation that has another id now."""
    values = {"conversation_id": conversation_id, "new_id": new_id}
    yield "rename_sessions", values
    yield "rename_reviews", values
    return [row_of(conversation_id, at), row_of(new_id, at)]


def erasing(conversation_id: str, at: float) -> Work[list[Tell]]:
    """Take away what sessions, reviews and the feed say of what was said."""
    told = [row_of(conversation_id, at)]
    for row in (yield "lock_sessions_of", {"conversation_id": conversation_id}):
        session = session_from(row)
        if (bare := bare_session(session)) != session:
            yield from changing_session(ChangeSession(bare))
    for review in (yield from _reviews(conversation_id)):
        if (bare_one := bare_review(review)) != review:
            yield from changing_review(ChangeReview(bare_one))
        yield "erase_events", {"subject": review.review_id}
        told.append(_review(review, at))
    yield "erase_events", {"subject": conversation_id}
    return told


def _reviews(conversation_id: str) -> Work[Sequence[Review]]:
    rows = yield "lock_reviews_of", {"conversation_id": conversation_id}
    return [review_from(row) for row in rows]


def _review(review: Review, at: float) -> Tell:
    return Tell(kind="review", subject=review.review_id, at=at)
