"""What happens at the desk when customers merge or have deleted what they said, in memory.

Each returns what is to be told when all is done.
"""

from __future__ import annotations

from dataclasses import replace

from kefu.desk.changes import ChangeReview, ChangeSession, FreeSlot, Tell
from kefu.desk.following import absorbed, bare_review, bare_session, moved, row_of, superseded
from kefu.desk.reviews import Review
from kefu.storage.memory.desk_records import DeskShelf

__all__ = ["erase", "hand_over", "rename"]


def hand_over(desk: DeskShelf, from_: str, to: str, read_seq: int, at: float) -> list[Tell]:
    """Let nobody wait, or be served, in an absorbed conversation any more.

    Args:
        desk: All records.
        from_: The absorbed conversation.
        to: The kept one.
        read_seq: Where its log ended before.
        at: The time.
    """
    records = desk.records
    session = records.open_session(from_)
    if session is not None and records.open_session(to) is not None:
        records.take(ChangeSession(absorbed(session, at)))
        if session.state == "assigned" and session.agent_id is not None:
            records.take(FreeSlot(session.agent_id))
    elif session is not None:
        changed, owner = moved(session, to, read_seq, at)
        records.take(ChangeSession(changed))
        kept = desk.shelf.conversations[to]
        if kept.head.owner == "bot":
            kept.head = replace(kept.head, owner=owner)
    told = [row_of(from_, at), row_of(to, at)]
    for review in _reviews(desk, from_):
        if review.is_open:
            records.take(ChangeReview(superseded(review, at)))
            told.append(_review(review, at))
    return told


def rename(desk: DeskShelf, conversation_id: str, new_id: str, at: float) -> list[Tell]:
    """Let sessions and reviews follow a conversation that has another id now."""
    records = desk.records
    for session in list(records.sessions.values()):
        if session.conversation_id == conversation_id:
            records.take(ChangeSession(replace(session, conversation_id=new_id)))
    for review in _reviews(desk, conversation_id):
        records.take(ChangeReview(replace(review, conversation_id=new_id)))
    return [row_of(conversation_id, at), row_of(new_id, at)]


def erase(desk: DeskShelf, conversation_id: str, at: float) -> list[Tell]:
    """Take away what sessions, reviews and the feed say of what was said."""
    records, told = desk.records, [row_of(conversation_id, at)]
    for session in list(records.sessions.values()):
        bare = bare_session(session)
        if session.conversation_id == conversation_id and bare != session:
            records.take(ChangeSession(bare))
    for review in _reviews(desk, conversation_id):
        if (bare_one := bare_review(review)) != review:
            records.take(ChangeReview(bare_one))
        told.append(_review(review, at))
    subjects = {tell.subject for tell in told}
    desk.events[:] = [
        replace(event, data={}) if event.subject in subjects else event for event in desk.events
    ]
    return told


def _reviews(desk: DeskShelf, conversation_id: str) -> list[Review]:
    reviews = desk.records.reviews.values()
    return [review for review in reviews if review.conversation_id == conversation_id]


def _review(review: Review, at: float) -> Tell:
    return Tell(kind="review", subject=review.review_id, at=at)
