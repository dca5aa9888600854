"""The desk, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import inf

from kefu.desk.agents import DeskAgent, Interval
from kefu.desk.changes import Applied, DeskEvent, NoteLines, SetOwner, Step, Tell
from kefu.desk.ports import Handling
from kefu.desk.reviews import Review
from kefu.desk.sessions import ServiceSession
from kefu.storage.memory.customers import MemoryCustomers
from kefu.storage.memory.desk_lists import MemoryDeskLists
from kefu.storage.memory.desk_records import DeskShelf

__all__ = ["MemoryDesk"]


class MemoryDesk(MemoryDeskLists):
    """Keeps what the desk works with; see :mod:`kefu.desk.ports`."""

    def __init__(self, desk: DeskShelf, customers: MemoryCustomers) -> None:
        super().__init__(desk, customers)
        self._desk = desk

    async def apply(self, steps: Sequence[Step]) -> Applied:
        """Take all steps, or none: nothing else happens meanwhile, as nothing here waits."""
        records = self._desk.records.copied()
        owners: dict[str, str] = {}
        for step in steps:
            match step:
                case SetOwner():
                    self._desk.check(step, owners)
                case NoteLines() | Tell():
                    pass
                case _:
                    records.take(step)
        self._desk.records = records
        last_seqs: dict[str, int] = {}
        for step in steps:
            if (written := self._desk.write(step)) is not None:
                name, last_seq = written
                last_seqs[name] = last_seq
                if isinstance(step, NoteLines):
                    last_seqs[step.conversation_id] = last_seq
        told = [self._desk.tell(step) for step in steps if isinstance(step, Tell)]
        return Applied(position=told[-1] if told else 0, last_seqs=last_seqs)

    # -- sessions --------------------------------------------------------------------------

    async def session(self, session_id: str) -> ServiceSession | None:
        """Return a session."""
        return self._desk.records.sessions.get(session_id)

    async def open_session(self, conversation_id: str) -> ServiceSession | None:
        """Return the session of a conversation that is not closed."""
        return self._desk.records.open_session(conversation_id)

    async def sessions_of(
        self, conversation_id: str, *, before: float | None = None, limit: int = 50
    ) -> Sequence[ServiceSession]:
        """Return a conversation's sessions opened before a time, newest first."""
        found = [
            session
            for session in reversed(self._desk.records.sessions.values())
            if session.conversation_id == conversation_id
            and (before is None or session.opened_at < before)
        ]
        return sorted(found, key=lambda session: -session.opened_at)[:limit]

    async def waiting(self) -> Sequence[ServiceSession]:
        """Return all sessions that wait, the longest waiting first."""
        found = [one for one in self._desk.records.sessions.values() if one.state == "waiting"]
        return sorted(
            found,
            key=lambda one: one.opened_at if one.waiting_since is None else one.waiting_since,
        )

    async def sessions_with(self, agent_id: str) -> Sequence[ServiceSession]:
        """Return the sessions that are assigned to an agent."""
        return [
            one
            for one in self._desk.records.sessions.values()
            if one.state == "assigned" and one.agent_id == agent_id
        ]

    async def due(self, now: float, *, limit: int = 200) -> Sequence[ServiceSession]:
        """Return sessions whose ``due_at`` has come, the earliest first."""
        found = [
            one
            for one in self._desk.records.sessions.values()
            if one.due_at is not None and one.due_at <= now
        ]
        return sorted(found, key=lambda one: one.due_at or 0.0)[:limit]

    async def next_due(self) -> float | None:
        """Return when something is to be done next, for sessions or reviews."""
        records = self._desk.records
        times = [one.due_at for one in records.sessions.values() if one.due_at is not None]
        times += [one.deadline for one in records.reviews.values() if one.is_open]
        return min(times, default=None)

    async def opened(self, *, since: float, limit: int = 5_000) -> Sequence[ServiceSession]:
        """Return sessions opened since then, newest first."""
        found = [
            one for one in reversed(self._desk.records.sessions.values()) if one.opened_at >= since
        ]
        return sorted(found, key=lambda one: -one.opened_at)[:limit]

    async def handlings(self, *, since: float, limit: int = 500) -> Sequence[Handling]:
        """Return sessions closed since then that had an agent, newest first."""
        found = [
            Handling(
                group_id=one.group_id,
                first_assigned_at=one.first_assigned_at,
                closed_at=one.closed_at,
                waited=max(0.0, one.first_assigned_at - one.opened_at),
            )
            for one in reversed(self._desk.records.sessions.values())
            if not one.is_open
            and one.first_assigned_at is not None
            and one.closed_at is not None
            and one.closed_at >= since
        ]
        return sorted(found, key=lambda handling: -handling.closed_at)[:limit]

    # -- agents ----------------------------------------------------------------------------

    async def agent(self, agent_id: str) -> DeskAgent | None:
        """Return an agent."""
        return self._desk.records.agents.get(agent_id)

    async def agents(self) -> Sequence[DeskAgent]:
        """Return all agents that are known to the desk, by name."""
        return sorted(
            self._desk.records.agents.values(), key=lambda agent: (agent.name, agent.agent_id)
        )

    async def keep_connected(self, agent_ids: Collection[str], *, until: float) -> None:
        """Let these count as connected until then, unless they do for longer."""
        agents = self._desk.records.agents
        for agent_id in agent_ids:
            agent = agents.get(agent_id)
            if agent is not None and agent.connected_until < until:
                agents[agent_id] = replace(agent, connected_until=until)

    async def intervals(self, agent_id: str, *, since: float, until: float) -> Sequence[Interval]:
        """Return the intervals that touch a stretch of time, oldest first."""
        found = [
            one
            for one in self._desk.records.intervals
            if one.agent_id == agent_id
            and one.begun_at < until
            and (one.ended_at is None or one.ended_at > since)
        ]
        return sorted(found, key=lambda one: one.begun_at)

    async def recount(self) -> Mapping[str, tuple[int, int]]:
        """Set right how many sessions agents have; return whose number was wrong."""
        found: dict[str, tuple[int, int]] = {}
        agents = self._desk.records.agents
        for agent_id in sorted(agents):
            agent, true = agents[agent_id], len(await self.sessions_with(agent_id))
            if agent.open != true:
                found[agent_id] = (agent.open, true)
                agents[agent_id] = replace(agent, open=true)
        return found

    # -- reviews ---------------------------------------------------------------------------

    async def review(self, review_id: str) -> Review | None:
        """Return a review."""
        return self._desk.records.reviews.get(review_id)

    async def open_review(self, conversation_id: str) -> Review | None:
        """Return the review of a conversation that nobody has decided."""
        return self._desk.records.open_review(conversation_id)

    async def reviews(
        self, *, is_open: bool, before: float | None = None, limit: int = 50
    ) -> Sequence[Review]:
        """Return open ones by deadline, or decided ones, the latest first."""
        reviews = self._desk.records.reviews.values()
        if is_open:
            return sorted((one for one in reviews if one.is_open), key=lambda one: one.deadline)[
                :limit
            ]
        latest = inf if before is None else before
        found = [
            (one.decided_at, one)
            for one in reversed(reviews)
            if not one.is_open and one.decided_at is not None and one.decided_at < latest
        ]
        return [one for _, one in sorted(found, key=lambda pair: -pair[0])[:limit]]

    async def overdue(self, now: float, *, limit: int = 100) -> Sequence[Review]:
        """Return open reviews whose deadline has passed, the earliest first."""
        found = await self.reviews(is_open=True, limit=limit)
        return [one for one in found if one.deadline <= now]

    # -- feed ------------------------------------------------------------------------------

    async def events(self, *, after: int, limit: int = 500) -> Sequence[DeskEvent]:
        """Return events with a position above ``after``, ascending."""
        events = self._desk.events
        begin = max(0, after - events[0].position + 1) if events else 0
        return events[begin : begin + limit]

    async def ends(self) -> tuple[int, int]:
        """Return the positions of the oldest event that is kept and of the newest."""
        newest, events = self._desk.position, self._desk.events
        if not newest:
            return 0, 0
        return (events[0].position if events else newest + 1), newest

    async def drop_events(self, *, before: float) -> int:
        """Forget events from before then; return how many."""
        events = self._desk.events
        kept = (place for place, event in enumerate(events) if event.at >= before)
        count = next(kept, len(events))
        del events[:count]
        return count
