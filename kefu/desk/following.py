"""What becomes of sessions and reviews when customers merge, or have deleted what they said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from kefu.desk.changes import Owner, Tell
from kefu.desk.reviews import Review
from kefu.desk.sessions import ServiceSession, ended

__all__ = ["MERGED", "absorbed", "bare_review", "bare_session", "moved", "row_of", "superseded"]

_WORDS: Final = frozenset({"comment", "nps_comment"})

MERGED: Final = "merged"
"""Who closed a session whose customer has another one by now."""


def absorbed(session: ServiceSession, at: float) -> ServiceSession:
    """Return the session of an absorbed conversation as it ends: the kept one has its own."""
    return ended(session, by=MERGED, at=at)


def moved(
    session: ServiceSession, conversation_id: str, read_seq: int, at: float
) -> tuple[ServiceSession, Owner]:
    """Return a session as it goes on in the kept conversation, and who owns that from now on.

    Args:
        session: Of the absorbed conversation.
        conversation_id: The kept one.
        read_seq: Where its log ended before messages of the absorbed one came to it.
        at: The time.
    """
    owner: Owner = "queue" if session.state == "waiting" else "agent"
    changed = replace(session, conversation_id=conversation_id, read_seq=read_seq, changed_at=at)
    return changed, owner


def superseded(review: Review, at: float) -> Review:
    """Return a review whose draft nobody needs any more."""
    return replace(review, state="superseded", decided_at=at)


def bare_session(session: ServiceSession) -> ServiceSession:
    """Return a session without anything that the customer said, or that was said of them."""
    return replace(
        session,
        detail="",
        summary={},
        wrap_up=_without_comment(session.wrap_up),
        rating=_without_comment(session.rating),
    )


def bare_review(review: Review) -> Review:
    """Return a review without what was said."""
    text = None if review.text is None else ""
    return replace(review, question="", draft={}, text=text)


def row_of(conversation_id: str, at: float) -> Tell:
    """Return what tells screens to look at a conversation again."""
    return Tell(kind="row", subject=conversation_id, at=at)


def _without_comment(said: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if said is None:
        return None
    return {name: value for name, value in said.items() if name not in _WORDS}
