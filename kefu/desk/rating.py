"""What customers say of the service: stars, and how likely they are to recommend the shop.

Both are asked with a card. What is answered too late, or to nothing that was asked here, stays in
the log, but not with a session.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kefu.core.contents import BEST_SCORE, RatingRequest
from kefu.core.events import BotUttered, Event
from kefu.desk import moves
from kefu.desk.changes import Step
from kefu.desk.changing import Changing
from kefu.desk.moves import Act, Timing
from kefu.desk.ports import DeskStore, Door
from kefu.desk.sessions import ServiceSession
from kefu.errors import KefuError
from kefu.logs import fields

__all__ = ["Rating", "RatingRules", "recommendation_request", "stars_request"]

log = logging.getLogger(__name__)

NPS: Final = ".nps"
"""What the ids of the second question end with."""
_LOOKS_BACK: Final = 20
_LOOKS_BACK_ENTRIES: Final = 500
_HOUR: Final = 3600.0
_QUESTIONS: Final[Mapping[str, str]] = {
    "zh": "您有多大可能把我们推荐给朋友或同事？",
    "en": "How likely are you to recommend us to a friend or colleague?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRules:
    """What is asked, and for how long it may be answered."""

    csat: bool = True
    nps: bool = False
    hours: float = 48.0


def stars_request(rating_id: str, text: str = "") -> RatingRequest:
    """Return the card that asks for one to five stars."""
    return RatingRequest(text=text, rating_id=rating_id)


def recommendation_request(rating_id: str, language: str) -> RatingRequest:
    """Return the card that asks for 0 to 10; ``rating_id`` is that of the stars."""
    question = _QUESTIONS["en" if language.lower().startswith("en") else "zh"]
    return RatingRequest(text=question, scale=BEST_SCORE, rating_id=f"{rating_id}{NPS}")


class Rating:
    """Keeps ratings with the sessions that they are about.

    Attributes:
        rules: What is asked, and for how long.
        spawn: Starts what does not fit into the turn that a rating is.
    """

    def __init__(self, store: DeskStore, changing: Changing, door: Door) -> None:
        self._store = store
        self._changing = changing
        self._door = door
        self.spawn: Callable[[Coroutine[Any, Any, None]], object] = asyncio.ensure_future
        self.rules = RatingRules()

    async def rated(
        self, conversation_id: str, rating: Mapping[str, Any], *, at: float
    ) -> ServiceSession | None:
        """Keep a rating; return the session as it was before, None if nothing was kept.

        After the stars of a session the second question is asked, where one is wanted and none was:
        being told of the stars again, because a process died, asks it if that one did not.
        """
        about: ServiceSession | None = None
        rated: ServiceSession | None = None
        wanted = rating.get("rating_id")
        is_nps = isinstance(wanted, str) and wanted.endswith(NPS)

        async def decide() -> Sequence[Step]:
            nonlocal about, rated
            about = rated = None
            sessions = await self._store.sessions_of(conversation_id, limit=_LOOKS_BACK)
            session = next((one for one in sessions if _is_about(one, wanted)), None)
            if session is None or self._is_late(session, at):
                return ()
            about = session
            kept = _merged(session.rating, rating, is_nps=is_nps)
            if kept == session.rating:
                return ()
            rated = session
            act = Act(at=at, timing=Timing())
            return moves.kept(session, act, rating=kept)

        await self._changing.decide(decide)
        if self.rules.nps and about is not None and isinstance(wanted, str) and not is_nps:
            request = recommendation_request(wanted, about.language)
            self.spawn(self._ask(conversation_id, request))
        return rated

    def _is_late(self, session: ServiceSession, at: float) -> bool:
        ended = session.closed_at
        return ended is not None and at > ended + self.rules.hours * _HOUR

    async def _ask(self, conversation_id: str, request: RatingRequest) -> None:
        try:
            said = await self._door.recent(conversation_id, _LOOKS_BACK_ENTRIES)
            if not any(_asks(entry.event, request.rating_id) for entry in said):
                await self._door.ask(conversation_id, request)
        except KefuError as error:
            where = fields(conversation_id=conversation_id, error=str(error))
            log.warning("a customer was not asked the second question", extra=where)


def _asks(event: Event | None, rating_id: str | None) -> bool:
    card = event.data.get("custom") if isinstance(event, BotUttered) else None
    return isinstance(card, Mapping) and card.get("rating_id") == rating_id


def _is_about(session: ServiceSession, rating_id: Any) -> bool:
    """Whether a rating is of this session: the one that asked, or any if nobody did."""
    if not session.first_assigned_at:
        return False
    asked = rating_id.removesuffix(NPS) if isinstance(rating_id, str) else None
    return asked is None or asked == session.rating_id


def _merged(
    before: Mapping[str, Any] | None, rating: Mapping[str, Any], *, is_nps: bool
) -> dict[str, Any]:
    """Return what is kept once another answer came."""
    kept = dict(before or {})
    if not is_nps:
        second: dict[str, Any] = {k: kept[k] for k in ("nps", "nps_comment") if k in kept}
        return {**rating, **second}
    kept.pop("nps_comment", None)
    comment = {"nps_comment": rating["comment"]} if rating.get("comment") else {}
    return {**kept, "nps": rating.get("score"), **comment}
