"""From the bot to the humans: who is put in line, and what agents are told about them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.handoff import reason_name
from kefu.core.human_queue import Handoff
from kefu.core.ids import new_id
from kefu.desk import moves
from kefu.desk.changes import Step
from kefu.desk.changing import Changing
from kefu.desk.moves import Act, Ending, Timing
from kefu.desk.ports import DeskStore
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict
from kefu.logs import fields

__all__ = ["Handing", "Known", "Look"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a customer who asks for a human."""

    summary: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""
    tier: int = 0
    skills: tuple[str, ...] = ()
    group_id: str | None = None


LAST_MESSAGE_LENGTH: Final = 200

Look = Callable[[Handoff], Awaitable[Known]]
"""Reads the log, the profile and the project's map of skills."""


class Handing:
    """Puts conversations in line; see :class:`kefu.core.human_queue.HumanQueue`."""

    def __init__(
        self, store: DeskStore, changing: Changing, clock: Clock, look: Look, timing: Timing
    ) -> None:
        self._store = store
        self._changing = changing
        self._clock = clock
        self._look = look
        self.timing = timing

    async def request(self, handoff: Handoff) -> None:
        """Let a conversation wait for an agent, unless it does already or an agent has it.

        Who leaves a message while they wait, waits no longer: the bot answers them again. Who left
        one and asks for a human after that, waits.
        """
        known: Known | None = None

        async def decide() -> Sequence[Step]:
            nonlocal known
            before = await self._store.open_session(handoff.conversation_id)
            if before is not None and (
                before.state != "waiting"
                or handoff.is_left == (before.reason == moves.LEFT_MESSAGE)
            ):
                return ()
            known = known or await self._look(handoff)
            session = await self._new(handoff, known)
            if before is None:
                return moves.queued(session, owner_is_set=not handoff.is_left)
            return moves.wanted_otherwise(before, session, self._act(self._clock.now()))

        try:
            await self._changing.decide(decide)
        except Conflict as conflict:
            # The bot, or a human, has the conversation by now: nobody waits.
            where = fields(conversation_id=handoff.conversation_id, why=str(conflict))
            log.info("a conversation was not put in line", extra=where)

    async def _new(self, handoff: Handoff, known: Known) -> ServiceSession:
        before = await self._store.sessions_of(handoff.conversation_id, limit=1)
        now = self._clock.now()
        return ServiceSession(
            session_id=new_id("s"),
            conversation_id=handoff.conversation_id,
            opened_at=now,
            changed_at=now,
            opened_by=handoff.by,
            reason=moves.LEFT_MESSAGE if handoff.is_left else handoff.reason,
            detail=handoff.detail,
            summary=known.summary,
            channel=handoff.channel,
            language=known.language,
            tier=known.tier,
            skills=known.skills,
            group_id=known.group_id,
            last_agent_id=before[0].agent_id if before else None,
            waiting_since=now,
            queued_at=now,
        )

    async def inform(self, session: ServiceSession) -> ServiceSession:
        """Return a session that an agent begins with what is known of the customer.

        They took it from the bot: nobody asked for a human, and who wanted which group is nobody's.
        """
        handoff = Handoff(
            conversation_id=session.conversation_id,
            channel=session.channel,
            at=session.opened_at,
            reason=session.reason,
            by=session.opened_by,
        )
        known = await self._look(handoff)
        why = {"reason": session.reason, "reason_name": reason_name(session.reason, known.language)}
        return replace(
            session,
            summary={**known.summary, **why, "detail": ""},
            language=known.language,
            tier=known.tier,
            skills=known.skills,
        )

    async def withdraw(self, conversation_id: str) -> None:
        """End what waits in a conversation that is the bot's again.

        An agent who has it gives it back by that.
        """

        async def decide() -> Sequence[Step]:
            session = await self._store.open_session(conversation_id)
            if session is None:
                return ()
            is_agents = session.state == "assigned"
            ending = Ending(
                by="bot" if is_agents else "customer", how="withdrawn", is_bots=not is_agents
            )
            return moves.closed(session, ending, self._act(self._clock.now()))

        await self._changing.decide(decide)

    async def heard(self, conversation_id: str, text: str, at: float) -> None:
        """Take note that the customer wrote: their agent owes an answer, and wakes up."""

        async def decide() -> Sequence[Step]:
            session = await self._store.open_session(conversation_id)
            if session is None:
                return ()
            if session.state == "waiting":
                summary = {**session.summary, "last_message": text[:LAST_MESSAGE_LENGTH]}
                return moves.changed(session, self._act(at), summary=summary)
            if session.unanswered_since is not None and session.snoozed_until is None:
                return ()
            woken = session.snoozed_until is not None
            lines = (moves.line_of("woken", by="customer"),) if woken else ()
            since = session.unanswered_since or at
            changes = {"unanswered_since": since, "snoozed_until": None}
            return moves.changed(session, self._act(at), *lines, **changes)

        await self._changing.decide(decide)

    def _act(self, at: float) -> Act:
        return Act(at=at, timing=self.timing)
