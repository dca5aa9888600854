"""Gives waiting customers to agents: on events and at the moments at which a rule changes.

The strategy decides on a picture of who waits and who is there; a claim then takes the agent's
place and the conversation together, or neither. Several processes may do this at the same time:
where two want the same, one gets it and the other looks again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from kefu.clock import Clock
from kefu.desk.agents import DeskAgent
from kefu.desk.fitting import is_overflowing, next_change
from kefu.desk.ports import DeskStore
from kefu.desk.routing import AgentState, Assignment, Rules, Strategy, Waiting
from kefu.desk.serving import Serving
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict, DeskError, StorageError
from kefu.logs import fields

__all__ = ["Dispatcher", "agent_state", "waiting_of"]

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 15.0
"""Should a process die between putting somebody in line and looking for an agent, another one
looks by then."""
_TOGETHER_SECONDS: Final = 0.01
"""What happens within so long after something is looked at together."""
_AT_ONCE: Final = 8
_LESS_THAN_OVERFLOW: Final = frozenset({"", "transferred"})
"""Marks that say less than that other groups may answer."""
_ROUNDS: Final = 20


def waiting_of(session: ServiceSession) -> Waiting:
    """Return a session that waits as the strategy sees it."""
    since = session.opened_at if session.waiting_since is None else session.waiting_since
    return Waiting(
        session_id=session.session_id,
        conversation_id=session.conversation_id,
        skills=frozenset(session.skills),
        group_id=session.group_id,
        language=session.language,
        tier=session.tier,
        channel=session.channel,
        last_agent_id=session.last_agent_id,
        priority=session.priority,
        waiting_since=since,
        is_first_in_line=session.is_first_in_line,
        not_to=frozenset(session.not_to),
        put_in_line_at=session.queued_at,
    )


def agent_state(agent: DeskAgent) -> AgentState:
    """Return an agent as the strategy sees them."""
    return AgentState(
        agent_id=agent.agent_id,
        groups=agent.groups,
        skills=agent.skills,
        languages=agent.languages,
        open=agent.open,
        max_sessions=agent.max_sessions,
        is_accepting=agent.is_accepting,
        idle_since=agent.idle_since,
        # Their line broke, but they did not say that they leave.
        is_returning=agent.is_active and agent.status == "online" and not agent.is_connected,
    )


class Dispatcher:
    """Looks whenever something happened, and otherwise sleeps."""

    def __init__(
        self,
        store: DeskStore,
        clock: Clock,
        serving: Serving,
        strategy: Strategy,
        rules: Callable[[], Rules],
    ) -> None:
        self._store = store
        self._clock = clock
        self._serving = serving
        self._strategy = strategy
        self._rules = rules
        self._something = asyncio.Event()
        self.assigned = 0
        """How many were given to agents by this process."""
        self._line: tuple[int, float | None] = (0, None)

    def measurements(self) -> dict[str, float]:
        """Return how things stood when last looked, for ``/metrics``."""
        waiting, since = self._line
        wait = 0.0 if since is None else max(0.0, self._clock.now() - since)
        return {
            "desk_waiting": waiting,
            "desk_longest_wait_seconds": round(wait, 3),
            "desk_assigned_total": self.assigned,
        }

    def wake(self) -> None:
        """Look now: somebody waits, or an agent has come or has a place free."""
        self._something.set()

    async def run(self) -> NoReturn:
        """Look again and again, until cancelled."""
        while True:
            self._something.clear()
            try:
                pause = await self.dispatch()
            except StorageError as error:
                log.info("nobody can be assigned just now", extra=fields(error=str(error)))
                pause = 1.0
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._something.wait()
            await asyncio.sleep(_TOGETHER_SECONDS)

    async def dispatch(self) -> float:
        """Give whom can be given; return the seconds until a rule changes who fits."""
        for _ in range(_ROUNDS):
            sessions = await self._store.waiting()
            waiting = [waiting_of(session) for session in sessions]
            self._line = (len(waiting), min((one.waiting_since for one in waiting), default=None))
            if not waiting:
                return _LOOK_SECONDS
            agents = [agent_state(agent) for agent in await self._store.agents()]
            now = self._clock.now()
            rules = self._rules()
            for session, item in zip(sessions, waiting, strict=True):
                if session.mark in _LESS_THAN_OVERFLOW and is_overflowing(item, rules, now):
                    await self._overflow(session)
            chosen = self._strategy(waiting, agents, rules, now)
            if not chosen:
                change = next_change(waiting, rules, now)
                return _LOOK_SECONDS if change is None else min(change - now, _LOOK_SECONDS)
            await self._give(chosen)
        return 0.0

    async def _overflow(self, session: ServiceSession) -> None:
        try:
            await self._serving.overflow(session)
        except Conflict as error:  # another process says it, or they wait no longer
            log.debug("who waits long was not marked: %s", error)

    async def _give(self, chosen: Sequence[Assignment]) -> None:
        """Make the assignments, several at once; agents and customers are different ones."""
        room = asyncio.Semaphore(_AT_ONCE)

        async def give(assignment: Assignment) -> None:
            async with room:
                await self._give_one(assignment)

        await asyncio.gather(*map(give, chosen))

    async def _give_one(self, assignment: Assignment) -> None:
        session = await self._store.session(assignment.session_id)
        if session is None or session.state != "waiting":
            return
        try:
            self.assigned += await self._serving.route(session, assignment.agent_id)
        except (Conflict, DeskError) as error:
            log.debug("an assignment came to nothing: %s", error)
