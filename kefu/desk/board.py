"""How things stand at the desk: for the supervisor's board, for customers in line, for the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from kefu.clock import Clock
from kefu.desk.agents import DeskAgent
from kefu.desk.dispatching import waiting_of
from kefu.desk.estimate import LONGEST_LOOK, Handled, Places, expected_wait
from kefu.desk.hours import Hours
from kefu.desk.ports import DeskStore, Handling
from kefu.desk.routing import Rules
from kefu.desk.sessions import ServiceSession
from kefu.desk.strategy import in_line

__all__ = ["Board", "BoardState", "GroupState", "HoursOf", "InLine", "Outlook", "Today"]

HoursOf = Callable[[str | None], Awaitable[Hours | None]]
"""Gives the business hours of a group, or of everybody; None: always open."""

_FEW_SECONDS: Final = 5.0
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What somebody who asks for a human now has to expect."""

    is_open: bool
    agents_on_duty: int
    """Agents who fit and are there, busy ones included."""
    waiting_before: int
    wait_seconds: float | None
    """None: nobody knows."""
    opens_at: float | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class InLine:
    """A place in the line."""

    conversation_id: str
    position: int
    """1 is the next."""
    wait_seconds: float | None
    is_served: bool = True
    """Whether somebody is there, within business hours, whom they may be given to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupState:
    """How a group stands; ``group_id`` None: who waits for anybody."""

    group_id: str | None
    waiting: int = 0
    longest_wait_since: float | None = None
    agents_accepting: int = 0
    free_slots: int = 0
    expected_wait_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What happened since midnight."""

    requested: int = 0
    answered: int = 0
    closed: int = 0
    abandoned: int = 0
    """Left before an agent came."""
    median_wait_seconds: float | None = None
    median_handling_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardState:
    """Everything on the supervisor's board."""

    waiting: Sequence[ServiceSession]
    """In line, the first first."""
    longest_wait_since: float | None
    agents: Sequence[DeskAgent]
    groups: Sequence[GroupState]
    today: Today


class Board:
    """Works all of it out from who waits, who is there and what was seen lately."""

    def __init__(
        self, store: DeskStore, clock: Clock, rules: Callable[[], Rules], hours: HoursOf
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._hours = hours
        self._handlings: tuple[float, Sequence[Handling]] | None = None

    async def outlook(
        self, *, group_id: str | None, skills: Sequence[str] = (), conversation_id: str = ""
    ) -> Outlook:
        """Return what somebody has to expect who wants such an agent.

        Args:
            group_id: The group; None: any.
            skills: What the agent has to be able to do.
            conversation_id: Who asks; if they are in line already, their place counts.
        """
        now = self._clock.now()
        agents = await self._store.agents()
        fitting = [agent for agent in agents if _fits(agent, group_id, skills)]
        if skills and not any(agent.is_connected for agent in fitting):
            fitting = [agent for agent in agents if _fits(agent, group_id, ())]
        line = [one for one in await self.line() if _competes(one, group_id)]
        names = [one.conversation_id for one in line]
        before = names.index(conversation_id) if conversation_id in names else len(names)
        places = await self._places(fitting, now)
        handled = await self._handled(now)
        hours = await self._hours(group_id)
        is_open = hours is None or hours.is_open(now)
        return Outlook(
            is_open=is_open,
            agents_on_duty=sum(agent.is_accepting for agent in fitting),
            waiting_before=before,
            wait_seconds=expected_wait(before + 1, places, handled, now),
            opens_at=None if hours is None or is_open else hours.next_opening(now),
            hours=hours,
        )

    async def line(self) -> list[ServiceSession]:
        """Return who waits, the first in line first."""
        sessions = {one.session_id: one for one in await self._store.waiting()}
        waiting = [waiting_of(one) for one in sessions.values()]
        return [sessions[one.session_id] for one in in_line(waiting, self._rules())]

    async def places(self) -> list[InLine]:
        """Return the places of all who wait, and how long it will take."""
        now = self._clock.now()
        agents = [one for one in await self._store.agents() if one.is_accepting]
        handled = await self._handled(now)
        of_group: dict[str | None, tuple[Places, bool, list[int]]] = {}
        found: list[InLine] = []
        for session in await self.line():
            group = session.group_id
            if group not in of_group:
                fitting = [agent for agent in agents if _fits(agent, group, ())]
                is_served = bool(fitting) and await self._is_open(group, now)
                of_group[group] = (await self._places(fitting, now), is_served, [0])
            places, is_served, count = of_group[group]
            count[0] += 1
            wait = expected_wait(count[0], places, handled, now)
            found.append(InLine(session.conversation_id, count[0], wait, is_served))
        return found

    async def is_served(self, group_id: str | None) -> bool:
        """Whether somebody of a group, or anybody, is there within business hours."""
        now = self._clock.now()
        if not await self._is_open(group_id, now):
            return False
        agents = await self._store.agents()
        return any(agent.is_accepting and _fits(agent, group_id, ()) for agent in agents)

    async def _is_open(self, group_id: str | None, now: float) -> bool:
        hours = await self._hours(group_id)
        return hours is None or hours.is_open(now)

    async def state(self, groups: Sequence[str]) -> BoardState:
        """Return everything on the board.

        Args:
            groups: Ids of all groups.
        """
        now = self._clock.now()
        line, agents = await self.line(), await self._store.agents()
        handled = await self._handled(now)
        states = [
            await self._group(group, line, agents, handled, now)
            for group in dict.fromkeys([*groups, *(one.group_id for one in line)])
        ]
        since = [moment for one in line if (moment := one.waiting_since) is not None]
        return BoardState(
            waiting=line,
            longest_wait_since=min(since, default=None),
            agents=agents,
            groups=states,
            today=await self._today(now),
        )

    async def _group(
        self,
        group: str | None,
        line: Sequence[ServiceSession],
        agents: Sequence[DeskAgent],
        handled: Sequence[Handled],
        now: float,
    ) -> GroupState:
        waiting = [one for one in line if one.group_id == group]
        accepting = [one for one in agents if one.is_accepting and _fits(one, group, ())]
        places = await self._places(accepting, now)
        since = [moment for one in waiting if (moment := one.waiting_since) is not None]
        return GroupState(
            group_id=group,
            waiting=len(waiting),
            longest_wait_since=min(since, default=None),
            agents_accepting=len(accepting),
            free_slots=places.free,
            expected_wait_seconds=expected_wait(len(waiting) + 1, places, handled, now),
        )

    async def _places(self, agents: Sequence[DeskAgent], now: float) -> Places:
        accepting = [agent for agent in agents if agent.is_accepting]
        ages = [
            now - session.first_assigned_at
            for agent in accepting
            if agent.open
            for session in await self._store.sessions_with(agent.agent_id)
            if session.first_assigned_at is not None
        ]
        return Places(
            agents=len(accepting),
            in_all=sum(agent.max_sessions for agent in accepting),
            free=sum(max(0, agent.max_sessions - agent.open) for agent in accepting),
            ages=tuple(ages),
        )

    async def _handled(self, now: float) -> list[Handled]:
        """Return what conversations took lately; it changes slowly, so it is kept for a moment."""
        if self._handlings is None or now - self._handlings[0] > _FEW_SECONDS:
            found = await self._store.handlings(since=now - LONGEST_LOOK)
            self._handlings = (now, found)
        return [
            Handled(one.closed_at - one.first_assigned_at, one.closed_at)
            for one in self._handlings[1]
        ]

    async def _today(self, now: float) -> Today:
        hours = await self._hours(None)
        midnight = now - now % _DAY if hours is None else hours.midnight(now)
        courses = await self._store.opened(since=midnight)
        assigned = [one for one in courses if one.first_assigned_at is not None]
        waits = [(one.first_assigned_at or 0.0) - one.opened_at for one in assigned]
        handled = [
            one.closed_at - one.first_assigned_at
            for one in assigned
            if one.closed_at is not None and one.first_assigned_at is not None
        ]
        return Today(
            requested=len(courses),
            answered=sum(one.first_answer_at is not None for one in courses),
            closed=len(handled),
            abandoned=sum(
                one.closed_at is not None and one.first_assigned_at is None for one in courses
            ),
            median_wait_seconds=median(waits) if waits else None,
            median_handling_seconds=median(handled) if handled else None,
        )


def _fits(agent: DeskAgent, group_id: str | None, skills: Sequence[str]) -> bool:
    in_group = group_id is None or group_id in agent.groups
    return agent.is_active and in_group and all(skill in agent.skills for skill in skills)


def _competes(session: ServiceSession, group_id: str | None) -> bool:
    """Whether who waits there is served by the same agents, as far as groups tell."""
    return group_id is None or session.group_id in (None, group_id)
