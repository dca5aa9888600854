"""What happens at the desk because time passes: nobody answered, nobody is there, a deadline.

Every process does this. Whatever is done is compared with what is there, so doing it in two places
at the same moment does it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from kefu.clock import Clock
from kefu.desk.agents import DeskAgent
from kefu.desk.moves import Timing
from kefu.desk.ports import DeskStore
from kefu.desk.presence import LINGER_SECONDS, Presence
from kefu.desk.reconciling import Reconciler
from kefu.desk.reviewing import Reviewing
from kefu.desk.serving import May, Serving
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict, DeskError, StorageError
from kefu.logs import fields

__all__ = ["Parts", "Timekeeper"]

log = logging.getLogger(__name__)

_LONGEST_SLEEP: Final = 30.0
_RECOUNT_SECONDS: Final = 300.0
_AGAIN_SECONDS: Final = 1.0
_TOGETHER_SECONDS: Final = 0.2
"""Deadlines that move within so long are looked at together, unless one comes before."""
_ROUNDING: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What does the work."""

    serving: Serving
    presence: Presence
    reviewing: Reviewing
    reconciler: Reconciler


class Timekeeper:
    """Sleeps until the next thing is due, and does it."""

    def __init__(
        self,
        store: DeskStore,
        clock: Clock,
        parts: Parts,
        *,
        timing: Timing,
        grace_seconds: float = 45.0,
    ) -> None:
        """Put it together.

        Args:
            store: Knows what is due.
            clock: Tells the time.
            parts: Do what is due.
            timing: When what is due.
            grace_seconds: How long an agent may be gone before others get their conversations.
        """
        self._store = store
        self._clock = clock
        self._serving = parts.serving
        self._presence = parts.presence
        self._reviewing = parts.reviewing
        self._reconciler = parts.reconciler
        self.timing = timing
        self.grace_seconds = grace_seconds
        self._changed = asyncio.Event()
        self._recount_at = 0.0
        self.requeued = 0
        """How many were put in line again by this process because their agent was gone."""
        self.unanswered = 0
        """... or did not answer."""
        self.accepting = 0
        """How many agents accepted new conversations when last looked."""
        self._until: dict[str, tuple[float, float, bool]] = {}
        """Agent -> until when they were said to be connected, when that was seen first, and whether
        it was there at the beginning, and may be old."""

    def wake(self) -> None:
        """Look again when the next thing is due."""
        self._changed.set()

    async def run(self) -> NoReturn:
        """Do what is due, again and again, until cancelled."""
        while True:
            try:
                pause = await self.round()
            except StorageError as error:
                log.info("what is due at the desk cannot be read", extra=fields(error=str(error)))
                pause = 1.0
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()
                    await asyncio.sleep(_TOGETHER_SECONDS)

    async def round(self) -> float:
        """Do what is due; return the seconds until the next thing is."""
        now = self._clock.now()
        for session in await self._store.due(now):
            await self._quietly(self._do(session, now))
        for review in await self._store.overdue(now):
            await self._quietly(self._reviewing.expire(review))
        moments = [now + _LONGEST_SLEEP, now + self._recount_in(now)]
        agents = await self._store.agents()
        self.accepting = sum(agent.is_accepting for agent in agents)
        moments += [
            moment for agent in agents if (moment := await self._look_after(agent, now)) is not None
        ]
        if now >= self._recount_at:
            self._recount_at = now + _RECOUNT_SECONDS
            await self._quietly(self._reconciler.look())
        due = await self._store.next_due()
        if due is not None:  # what could not be done yet is tried again soon
            moments.append(due if due > now else now + _AGAIN_SECONDS)
        return max(0.0, min(moments) - now) + _ROUNDING

    def _recount_in(self, now: float) -> float:
        return _RECOUNT_SECONDS if now >= self._recount_at else self._recount_at - now

    async def _do(self, session: ServiceSession, now: float) -> None:
        if session.snoozed_until is not None and session.snoozed_until <= now:
            await self._serving.wake(session)
        elif self._is_unanswered(session, now):
            await self._serving.requeue(
                session.conversation_id, None, _as_it_is(session), mark="unanswered"
            )
            self.unanswered += 1
        elif self.timing.idle > 0 and session.changed_at + self.timing.idle <= now:
            await self._serving.close_idle(session)

    def _is_unanswered(self, session: ServiceSession, now: float) -> bool:
        since, after = session.unanswered_since, self.timing.unanswered
        return since is not None and 0 < after <= now - since + _ROUNDING

    def _gone(self, agent: DeskAgent, now: float) -> tuple[float, float]:
        """Return when an agent is gone if nothing more is heard of them, and when for good.

        The time at which they no longer count as connected was set by the clock of another process.
        By a clock that is ahead it is always over; so it also counts when it was seen to move.
        """
        until = agent.connected_until
        seen = self._until.get(agent.agent_id)
        if seen is None or seen[0] != until:
            seen = self._until[agent.agent_id] = (until, now, seen is None)
        unheard = seen[1] + LINGER_SECONDS
        gone = until if seen[2] else max(until, unheard)
        return gone, max(gone + self.grace_seconds, unheard)

    async def _look_after(self, agent: DeskAgent, now: float) -> float | None:
        """Count an agent as gone, and give others what they had; return when to look again."""
        gone_at, given_up_at = self._gone(agent, now)
        if not agent.is_active and agent.open:
            return await self._release(agent, now, is_final=True)
        if gone_at > now:
            return gone_at if agent.is_connected or agent.open else None
        if agent.is_connected and not await self._presence.lose(agent):
            return now + _AGAIN_SECONDS
        if not agent.open:
            return None
        if given_up_at > now + _ROUNDING:
            return given_up_at
        return await self._release(agent, now, is_final=False)

    async def _release(self, agent: DeskAgent, now: float, *, is_final: bool) -> float | None:
        """Give others what an agent has who is gone, or, finally, may not answer any more.

        What is put aside waits for nobody; it is given on when its time has come.
        """
        given = [
            session
            for session in await self._store.sessions_with(agent.agent_id)
            if is_final or session.snoozed_until is None
        ]
        for session in given:
            await self._quietly(self._requeue_from_who_is_gone(session))
        return now + _AGAIN_SECONDS if given else None

    async def _requeue_from_who_is_gone(self, session: ServiceSession) -> None:
        name = session.conversation_id
        await self._serving.requeue(name, None, _as_it_is(session), mark="agent_gone")
        self.requeued += 1

    async def _quietly(self, work: Awaitable[object]) -> None:
        """Do it unless somebody else has, or it is no longer so."""
        try:
            await work
        except (Conflict, DeskError) as error:
            log.debug("something due at the desk was done already: %s", error)


def _as_it_is(session: ServiceSession) -> May:
    """Return what refuses to act on a session that has changed by now."""

    def may(current: ServiceSession | None) -> None:
        if current is None or current.version != session.version:
            raise DeskError("changed", "it is no longer so")

    return may
