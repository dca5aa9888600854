"""The desk in one place, as the composition root hands it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kefu.clock import Clock
from kefu.core.contents import CONTENT_KEY
from kefu.core.events import ActionReverted, ConversationPaused, Event, UserUttered
from kefu.core.handoff import reason_name, review_of
from kefu.core.human_queue import Handoff
from kefu.core.ids import id_of
from kefu.desk.board import Board, HoursOf
from kefu.desk.changes import ChangeSession, NoteLines, Step, Tell
from kefu.desk.changing import Changing
from kefu.desk.dispatching import Dispatcher
from kefu.desk.feed import Feed, Hints
from kefu.desk.handing import Handing, Look
from kefu.desk.hours import Hours
from kefu.desk.moves import Timing
from kefu.desk.ports import DeskStore, Door
from kefu.desk.presence import Presence
from kefu.desk.rating import Rating, RatingRules
from kefu.desk.reconciling import Reconciler
from kefu.desk.reviewing import Reviewing
from kefu.desk.reviews import Review
from kefu.desk.routing import Rules, Strategy
from kefu.desk.serving import Serving
from kefu.desk.sessions import ServiceSession
from kefu.desk.speaking import Speaking
from kefu.desk.strategy import assign
from kefu.desk.timekeeping import Parts, Timekeeper

__all__ = ["Desk", "DeskSettings"]


async def _always(_group_id: str | None) -> Hours | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """How the desk behaves."""

    timing: Timing = field(default_factory=Timing)
    grace_seconds: float = 45.0
    """How long an agent may be gone before others get their conversations."""
    strategy: Strategy = assign
    rules: Rules = field(default_factory=Rules)
    hours: HoursOf = field(default=_always)


class Desk:
    """The human side: everything that server, channels and the bot's side use of it.

    It is what stands behind :class:`kefu.core.human_queue.HumanQueue`.
    """

    def __init__(
        self,
        store: DeskStore,
        door: Door,
        clock: Clock,
        *,
        look: Look,
        settings: DeskSettings | None = None,
        hints: Hints | None = None,
    ) -> None:
        """Put it together; :meth:`begin`, and run :attr:`feed`, ``dispatcher``, ``timekeeper``.

        Args:
            store: Where everything is kept.
            door: The conversations.
            clock: Tells the time.
            look: Tells what is known of a customer who asks for a human.
            settings: How it behaves.
            hints: Tells other processes that something happened; None: there are none.
        """
        settings = settings or DeskSettings()
        self.settings = settings
        self.rules = settings.rules
        """Of routing; they change with the groups that there are."""
        self.shows_typing = True
        """Whether agents see what customers are writing, where a channel passes it on."""
        self.store = store
        self._clock = clock
        self.changing = Changing(store, door)
        self.feed = Feed(store, clock, hints)
        self.serving = Serving(store, self.changing, door, clock, settings.timing)
        self.rating = Rating(store, self.changing, door)
        self.speaking = Speaking(
            store, self.changing, door, clock, self.serving, lambda: self.rating.rules
        )
        self.presence = Presence(store, self.changing, clock)
        self.reviewing = Reviewing(store, self.changing, door, clock)
        self.handing = Handing(store, self.changing, clock, look, settings.timing)
        self.serving.inform = self.handing.inform
        self.dispatcher = Dispatcher(
            store, clock, self.serving, settings.strategy, lambda: self.rules
        )
        self.board = Board(store, clock, lambda: self.rules, settings.hours)
        self.reconciler = Reconciler(store, door, self.serving)
        self.timekeeper = Timekeeper(
            store,
            clock,
            Parts(
                serving=self.serving,
                presence=self.presence,
                reviewing=self.reviewing,
                reconciler=self.reconciler,
            ),
            timing=settings.timing,
            grace_seconds=settings.grace_seconds,
        )
        self.changing.tells.append(self.feed.told)
        self.changing.wakes.append(self._after)
        if hints is not None:
            # What other processes did may have moved a deadline or freed a place.
            self.feed.listen(lambda _: self._look_again())

    def use(
        self,
        timing: Timing,
        *,
        grace_seconds: float,
        ratings: RatingRules | None = None,
        needs_wrap_up: bool = False,
    ) -> None:
        """Let these count from now on; deadlines that are set already stay as they are."""
        self.rating.rules = ratings or self.rating.rules
        self.serving.timing = self.handing.timing = self.timekeeper.timing = timing
        self.serving.needs_wrap_up = needs_wrap_up
        self.timekeeper.grace_seconds = grace_seconds

    def measurements(self) -> dict[str, float]:
        """Return figures for ``/metrics``."""
        return {
            **self.dispatcher.measurements(),
            "desk_agents_accepting": self.timekeeper.accepting,
            "desk_unanswered_total": self.timekeeper.unanswered,
            "desk_agent_gone_total": self.timekeeper.requeued,
        }

    def _after(self, steps: Sequence[Step]) -> None:
        """Let be done what steps make due; most say no more than that somebody wrote."""
        sessions = [step.session for step in steps if isinstance(step, ChangeSession)]
        is_quiet = all(isinstance(step, ChangeSession | NoteLines | Tell) for step in steps)
        if not is_quiet or any(session.state == "waiting" for session in sessions):
            self._look_again()
        elif any(session.due_at is not None for session in sessions):
            self.timekeeper.wake()

    def _look_again(self) -> None:
        self.dispatcher.wake()
        self.timekeeper.wake()

    # -- what the bot's side tells ---------------------------------------------------------

    async def request(self, handoff: Handoff) -> None:
        """Let a conversation wait for an agent, if it does not yet."""
        await self.handing.request(handoff)

    async def withdraw(self, conversation_id: str, *, at: float) -> None:  # noqa: ARG002 - the port
        """Let it wait no longer."""
        await self.handing.withdraw(conversation_id)

    async def heard(
        self,
        conversation_id: str,
        events: Sequence[Event],
        *,
        channel: str,
        at: float,
    ) -> None:
        """Take note of what happened where the bot is not alone."""
        for event in events:
            if isinstance(event, UserUttered):
                await self._heard_customer(conversation_id, event, at)
                continue
            if isinstance(event, ConversationPaused):  # what ended a review stands before it
                await self.reviewing.superseded(conversation_id)
                continue
            said = review_of(event)
            if said is None:
                continue
            if isinstance(event, ActionReverted):
                await self.reviewing.settled(conversation_id, said)
            elif review := _review(conversation_id, said, events, channel=channel, at=at):
                await self.reviewing.asked(review)

    async def _heard_customer(self, conversation_id: str, event: UserUttered, at: float) -> None:
        content = event.metadata.get(CONTENT_KEY)
        if isinstance(content, Mapping) and content.get("type") == "rating":
            rating = {name: value for name, value in content.items() if name != "type"}
            await self.rating.rated(conversation_id, rating, at=at)
            return
        await self.handing.heard(conversation_id, event.text or "", at)

    async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the waiting conversations, the first in line first."""
        return [_as_json(session) for session in (await self.board.line())[:limit]]


def _as_json(session: ServiceSession) -> dict[str, Any]:
    """Return who waits as the list of the HTTP API shows it."""
    since = session.opened_at if session.waiting_since is None else session.waiting_since
    name = reason_name(session.reason, session.language or "zh")
    said = [session.detail] if session.reason == "other" and session.detail else [name]
    if session.detail and session.detail not in said:
        said.append(session.detail)
    return {
        "conversation_id": session.conversation_id,
        "reason": "；".join(said),
        "channel": session.channel,
        "customer_name": session.summary.get("customer_name"),
        "since": datetime.fromtimestamp(since, tz=UTC).isoformat(),
        "state": "waiting",
        "last_message": session.summary.get("last_message") or "",
    }


def _review(
    conversation_id: str,
    said: Mapping[str, Any],
    events: Sequence[Event],
    *,
    channel: str,
    at: float,
) -> Review | None:
    """Return what the bot asks to be looked at; None if it does not say enough."""
    action, key = said.get("action"), said.get("id")
    if not isinstance(action, str) or not isinstance(key, str):
        return None
    heard = next((one for one in reversed(events) if isinstance(one, UserUttered)), None)
    draft, parts = said.get("draft"), said.get("parts")
    reply = draft.get("message") if isinstance(draft, Mapping) else None
    return Review(
        review_id=id_of("v", conversation_id, key),
        conversation_id=conversation_id,
        key=key,
        channel=channel,
        question="" if heard is None else heard.text or "",
        intent="" if heard is None else heard.intent_name or "",
        action=action,
        draft=dict(reply) if isinstance(reply, Mapping) else {},
        confidence=_number(said.get("confidence")) or 0.0,
        parts={
            str(name): number
            for name, value in (parts.items() if isinstance(parts, Mapping) else ())
            if (number := _number(value)) is not None
        },
        asked_at=at,
        deadline=_number(said.get("deadline")) or at,
        by_itself="handover" if said.get("after") == "handover" else "send",
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
