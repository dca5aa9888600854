"""Who is there: connection, declared status and acceptance, kept apart and kept for reports.

An agent is *connected* while a live line of theirs is heard of, *declares* a status with a reason,
and *accepts* new conversations when both, and the account, let them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.clock import Clock
from kefu.desk.agents import STATUSES, DeskAgent, Interval, Status
from kefu.desk.changes import ChangeAgent, Step, Tell
from kefu.desk.changing import Changing
from kefu.desk.ports import DeskStore
from kefu.errors import DeskError

__all__ = ["BEAT_SECONDS", "Presence", "accepts", "with_profile"]

BEAT_SECONDS: Final = 15.0
"""How often live lines are to be told of."""
LINE_SECONDS: Final = 45.0
"""How long an agent counts as connected without a word of their lines."""
LINGER_SECONDS: Final = 20.0
"""... and after their last line here has ended: a page that is loaded again is no absence, and
lines that live in another process are told of before it is over."""
MAX_REASON: Final = 100


def accepts(agent: DeskAgent) -> bool:
    """Whether new conversations may be given to an agent, as far as their limit allows."""
    return agent.is_active and agent.is_connected and agent.status == "online"


def with_profile(agent: DeskAgent, profile: DeskAgent) -> DeskAgent:
    """Return an agent with another profile; what is known of their presence stays."""
    return replace(
        agent,
        name=profile.name,
        avatar=profile.avatar,
        staff_number=profile.staff_number,
        languages=profile.languages,
        skills=profile.skills,
        groups=profile.groups,
        max_sessions=profile.max_sessions,
        is_active=profile.is_active,
    )


async def _nobody(_agent_id: str) -> DeskAgent | None:
    return None


class Presence:
    """Changes what is known of agents at work.

    Attributes:
        find: Looks up the profile of an agent whom the desk has not seen yet: accounts are made by
            the command line and by other processes, too.
    """

    def __init__(self, store: DeskStore, changing: Changing, clock: Clock) -> None:
        self._store = store
        self._changing = changing
        self._clock = clock
        self.find: Callable[[str], Awaitable[DeskAgent | None]] = _nobody

    async def know(self, profile: DeskAgent) -> DeskAgent:
        """Take over an account's profile; what is known of the agent's presence stays."""
        now = self._clock.now()

        def renewed(agent: DeskAgent | None) -> DeskAgent:
            if agent is None:
                return replace(profile, status_since=now)
            return with_profile(agent, profile)

        return await self._change(profile.agent_id, renewed)

    async def connect(self, agent_id: str) -> DeskAgent:
        """Take note of an agent's first line here; who never said otherwise is online."""
        now = self._clock.now()

        def connected(agent: DeskAgent | None) -> DeskAgent:
            agent = _known(agent, agent_id)
            is_new = agent.connected_until == 0.0
            return replace(
                agent,
                is_connected=True,
                connected_until=max(agent.connected_until, now + LINE_SECONDS),
                status="online" if is_new else agent.status,
                status_since=now if is_new else agent.status_since,
            )

        return await self._change(agent_id, connected)

    async def beat(self, agent_ids: Collection[str]) -> None:
        """Take note that these have lines here; to be called every :data:`BEAT_SECONDS`."""
        if not agent_ids:
            return
        await self._store.keep_connected(agent_ids, until=self._clock.now() + LINE_SECONDS)
        for agent in await self._store.agents():
            if agent.agent_id in agent_ids and not agent.is_connected:
                await self.connect(agent.agent_id)

    async def disconnect(self, agent_id: str) -> None:
        """Take note that an agent's last line here has ended."""
        until = self._clock.now() + LINGER_SECONDS
        await self._change(
            agent_id, lambda agent: replace(_known(agent, agent_id), connected_until=until)
        )

    async def lose(self, agent: DeskAgent) -> bool:
        """Count an agent as gone whose lines have not been heard of; False: they are back."""
        now = self._clock.now()

        def lost(current: DeskAgent | None) -> DeskAgent:
            current = _known(current, agent.agent_id)
            return (
                current if current.connected_until > now else replace(current, is_connected=False)
            )

        return not (await self._change(agent.agent_id, lost)).is_connected

    async def declare(self, agent_id: str, status: str, reason: str = "") -> DeskAgent:
        """Say that one is online, busy, away or offline, and why.

        Raises:
            DeskError: There is no such status.
        """
        chosen: Status | None = next((one for one in STATUSES if one == status), None)
        if chosen is None:
            text = f"a status is one of {', '.join(STATUSES)}"
            raise DeskError("bad-status", text, status=400)
        now, words = self._clock.now(), reason.strip()[:MAX_REASON]

        def declared(agent: DeskAgent | None) -> DeskAgent:
            agent = _known(agent, agent_id)
            if (agent.status, agent.status_reason) == (chosen, words):
                return agent
            return replace(agent, status=chosen, status_reason=words, status_since=now)

        return await self._change(agent_id, declared)

    async def intervals(self, agent_id: str, *, since: float, until: float) -> Sequence[Interval]:
        """Return the stretches of an agent's presence that touch a stretch of time."""
        return await self._store.intervals(agent_id, since=since, until=until)

    async def _change(
        self, agent_id: str, make: Callable[[DeskAgent | None], DeskAgent]
    ) -> DeskAgent:
        made: DeskAgent | None = None

        async def decide() -> Sequence[Step]:
            nonlocal made
            before = await self._store.agent(agent_id)
            after = make(before or await self._found(agent_id))
            made = after = replace(after, is_accepting=accepts(after))
            if after == before:
                return ()
            now = self._clock.now()
            if after.is_accepting and not (before and before.is_accepting):
                made = after = replace(after, idle_since=now)
            is_new = before is None or _shown(before) != _shown(after)
            interval = _interval(after, now) if is_new else None
            told = Tell(kind="presence", subject=agent_id, at=now)
            return [
                ChangeAgent(after, interval),
                *([told] if is_new or _is_other(before, after) else []),
            ]

        await self._changing.decide(decide)
        assert made is not None
        return made

    async def _found(self, agent_id: str) -> DeskAgent | None:
        profile = await self.find(agent_id)
        return profile and replace(profile, status_since=self._clock.now())


def _known(agent: DeskAgent | None, agent_id: str) -> DeskAgent:
    if agent is None:
        raise DeskError("no-agent", f"agent {agent_id!r} is not known to the desk", status=404)
    return agent


def _shown(agent: DeskAgent) -> tuple[Any, ...]:
    return (agent.status, agent.status_reason, agent.is_connected, agent.is_accepting)


def _is_other(before: DeskAgent | None, after: DeskAgent) -> bool:
    """Whether more changed than until when the agent counts as connected."""
    return before is None or replace(before, connected_until=0.0) != replace(
        after, connected_until=0.0
    )


def _interval(agent: DeskAgent, now: float) -> Interval:
    return Interval(
        agent_id=agent.agent_id,
        begun_at=now,
        status=agent.status,
        reason=agent.status_reason,
        is_connected=agent.is_connected,
        is_accepting=agent.is_accepting,
    )
