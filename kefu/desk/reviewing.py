"""Drafts of the bot between the two thresholds: an agent decides before a deadline, or nobody does.

The bot goes on first, and what was decided is noted after that: of two who decide at the same
instant, and of an agent and the deadline, the log takes one; the other is told. What became of a
draft is kept as labelled material for training.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.events import ActionReverted
from kefu.core.handoff import review_of
from kefu.desk import moves
from kefu.desk.changes import AddReview, ChangeReview, NoteLines, Step, Tell
from kefu.desk.changing import Changing
from kefu.desk.people import Person
from kefu.desk.ports import DeskStore, Door
from kefu.desk.reviews import Decision, Review, ReviewState
from kefu.errors import Conflict, DeskError
from kefu.logs import fields

__all__ = ["Reviewing"]

log = logging.getLogger(__name__)

CLAIM_SECONDS: Final = 60.0
MAX_TEXT: Final = 10_000

_LOOKS_BACK: Final = 200

_STATES: Final[Mapping[Decision, ReviewState]] = {
    "approve": "approved",
    "edit": "edited",
    "discard": "discarded",
    "expire": "expired",
}


class Reviewing:
    """Keeps reviews and carries decisions out."""

    def __init__(self, store: DeskStore, changing: Changing, door: Door, clock: Clock) -> None:
        self._store = store
        self._changing = changing
        self._door = door
        self._clock = clock

    async def asked(self, review: Review) -> None:
        """Let agents see a draft, which ends an older one; told twice, it is one."""

        async def decide() -> Sequence[Step]:
            if await self._store.review(review.review_id) is not None:
                return ()
            before = await self._store.open_review(review.conversation_id)
            line = moves.line_of(
                "review_asked", review_id=review.review_id, confidence=review.confidence
            )
            return [
                NoteLines(review.conversation_id, (line,), review.asked_at),
                *([] if before is None else self._over(before, "superseded")),
                AddReview(review),
                Tell(kind="review", subject=review.review_id, at=review.asked_at),
                moves.row_told(review.conversation_id, review.asked_at),
            ]

        await self._changing.decide(decide)

    async def superseded(self, conversation_id: str) -> None:
        """Take note that the bot no longer waits: the customer wrote, or a human has it."""

        async def decide() -> Sequence[Step]:
            review = await self._store.open_review(conversation_id)
            return () if review is None else self._over(review, "superseded")

        await self._changing.decide(decide)

    async def claim(self, review_id: str, by: Person) -> Review:
        """Say that one looks at a draft, so that nobody else need to.

        Raises:
            DeskError: Somebody else looks at it, or it is decided.
        """
        claimed: Review | None = None

        async def decide() -> Sequence[Step]:
            nonlocal claimed
            review = await self._open(review_id)
            now = self._clock.now()
            is_free = review.claimed_by in (None, by.id) or (review.claimed_until or 0) <= now
            if not is_free:
                raise DeskError("not-yours", "a colleague looks at this draft")
            claimed = replace(review, claimed_by=by.id, claimed_until=now + CLAIM_SECONDS)
            return [ChangeReview(claimed), Tell(kind="review", subject=review_id, at=now)]

        await self._changing.decide(decide)
        assert claimed is not None
        return claimed

    async def decide(
        self, review_id: str, by: Person, decision: Decision, *, text: str | None = None
    ) -> Review:
        """Approve a draft, send something else instead, or discard it and let a human answer.

        Raises:
            DeskError: It is decided already, the customer wrote meanwhile, or the text is empty.
        """
        words = (text or "").strip()
        if decision == "edit" and not 0 < len(words) <= MAX_TEXT:
            message = f"an edited answer has 1 to {MAX_TEXT:,} characters"
            details = {"why": "length", "least": 1, "most": MAX_TEXT}
            raise DeskError("bad-text", message, status=400, details=details)
        review = await self._open(review_id)
        agent = by.as_json()
        try:
            await self._go_on(review, decision, text=words or None, agent=agent)
        except Conflict as conflict:
            await self._ended_otherwise(review)
            message = "the bot no longer waits for it: the customer wrote, or somebody was faster"
            raise DeskError("superseded", message) from conflict
        said = {"decision": decision, "agent": agent, "text": words or None}
        return await self._noted(review, said)

    async def expire(self, review: Review) -> None:
        """Do what is to happen at the deadline when nobody has decided."""
        try:
            await self._go_on(review, "expire", text=None, agent={})
        except Conflict:
            await self._ended_otherwise(review)
            return
        await self._noted(review, {"decision": "expire"})

    async def settled(self, conversation_id: str, said: Mapping[str, Any]) -> None:
        """Take note of what the log says was decided; told twice, it was decided once."""
        review = await self._store.open_review(conversation_id)
        if review is None or review.key != said.get("id"):
            return
        if said.get("decision") in _STATES:
            await self._noted(review, said)
        else:
            await self.superseded(conversation_id)

    async def _ended_otherwise(self, review: Review) -> None:
        """Take note of what became of a draft that the bot no longer waits for.

        The process that decided may have died before it noted it: the log knows.
        """
        for entry in reversed(await self._door.recent(review.conversation_id, _LOOKS_BACK)):
            said = None if entry.event is None else review_of(entry.event)
            is_end = isinstance(entry.event, ActionReverted)
            if is_end and said is not None and said.get("id") == review.key:
                await self.settled(review.conversation_id, said)
                return
        await self.superseded(review.conversation_id)

    async def _go_on(
        self, review: Review, decision: Decision, *, text: str | None, agent: Mapping[str, Any]
    ) -> None:
        await self._door.resume_review(review, decision, text=text, agent=agent)

    async def _noted(self, review: Review, said: Mapping[str, Any]) -> Review:
        noted = review
        decision: Decision = said["decision"]
        agent = said.get("agent") or None

        async def decide() -> Sequence[Step]:
            nonlocal noted
            current = await self._store.review(review.review_id)
            if current is None or not current.is_open:
                noted = current or review
                return ()
            now = self._clock.now()
            noted = replace(
                current,
                state=_STATES[decision],
                decided_by=None if agent is None else agent.get("id"),
                decided_at=now,
                text=said.get("text"),
            )
            line = moves.line_of(
                "review_decided", review_id=review.review_id, decision=decision, agent=agent
            )
            return [
                NoteLines(review.conversation_id, (line,), now),
                ChangeReview(noted),
                Tell(kind="review", subject=review.review_id, at=now),
                moves.row_told(review.conversation_id, now),
            ]

        try:
            await self._changing.decide(decide)
        except Conflict as conflict:
            # The bot has gone on; only the label is missing.
            where = fields(review_id=review.review_id, why=str(conflict))
            log.warning("what became of a draft was not noted", extra=where)
        return noted

    def _over(self, review: Review, state: ReviewState) -> list[Step]:
        now = self._clock.now()
        return [
            ChangeReview(replace(review, state=state, decided_at=now)),
            Tell(kind="review", subject=review.review_id, at=now),
        ]

    async def _open(self, review_id: str) -> Review:
        review = await self._store.review(review_id)
        if review is None:
            raise DeskError("gone", "there is no such draft", status=404)
        if not review.is_open:
            raise DeskError("decided", f"this draft is {review.state} already")
        return review
