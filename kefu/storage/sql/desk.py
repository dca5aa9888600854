"""The desk, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from kefu.desk.agents import DeskAgent, Interval
from kefu.desk.changes import Applied, DeskEvent, Step
from kefu.desk.ports import Handling
from kefu.desk.reviews import Review
from kefu.desk.sessions import ServiceSession
from kefu.storage.sql.desk_lists import SqlDeskLists
from kefu.storage.sql.desk_rows import (
    agent_from,
    event_from,
    interval_from,
    review_from,
    session_from,
)
from kefu.storage.sql.desk_steps import taking
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlDesk"]

_NEVER: Final = 1e300
"""A time after all others."""


class SqlDesk(SqlDeskLists):
    """Keeps what the desk works with; see :mod:`kefu.desk.ports`."""

    def __init__(self, database: Database, *, feeds: Sequence[str] = ()) -> None:
        """Keep it in ``database``; ``feeds`` are given what is appended to logs."""
        super().__init__(database)
        self._feeds = tuple(feeds)

    async def apply(self, steps: Sequence[Step]) -> Applied:
        """Take all steps in order in one transaction, or none."""
        return await self._database.write(lambda: taking(steps, self._feeds))

    # -- sessions --------------------------------------------------------------------------

    async def session(self, session_id: str) -> ServiceSession | None:
        """Return a session."""
        found = await self._sessions("session", session_id=session_id)
        return found[0] if found else None

    async def open_session(self, conversation_id: str) -> ServiceSession | None:
        """Return the session of a conversation that is not closed."""
        found = await self._sessions("open_session", conversation_id=conversation_id)
        return found[0] if found else None

    async def sessions_of(
        self, conversation_id: str, *, before: float | None = None, limit: int = 50
    ) -> Sequence[ServiceSession]:
        """Return a conversation's sessions opened before a time, newest first."""
        before = _NEVER if before is None else before
        return await self._sessions(
            "sessions_of", conversation_id=conversation_id, before=before, limit=limit
        )

    async def waiting(self) -> Sequence[ServiceSession]:
        """Return all sessions that wait, the longest waiting first."""
        return await self._sessions("waiting_sessions")

    async def sessions_with(self, agent_id: str) -> Sequence[ServiceSession]:
        """Return the sessions that are assigned to an agent."""
        return await self._sessions("sessions_with", agent_id=agent_id)

    async def due(self, now: float, *, limit: int = 200) -> Sequence[ServiceSession]:
        """Return sessions whose ``due_at`` has come, the earliest first."""
        return await self._sessions("due_sessions", now=now, limit=limit)

    async def next_due(self) -> float | None:
        """Return when something is to be done next, for sessions or reviews."""
        rows = await self._database.rows("next_due_at_desk", {})
        return min((time for time in rows[0] if time is not None), default=None)

    async def opened(self, *, since: float, limit: int = 5_000) -> Sequence[ServiceSession]:
        """Return sessions opened since then, newest first."""
        return await self._sessions("sessions_since", since=since, limit=limit)

    async def handlings(self, *, since: float, limit: int = 500) -> Sequence[Handling]:
        """Return sessions closed since then that had an agent, newest first."""
        rows = await self._database.rows("handlings", {"since": since, "limit": limit})
        return [
            Handling(
                group_id=group_id,
                first_assigned_at=assigned_at,
                closed_at=closed_at,
                waited=max(0.0, assigned_at - opened_at),
            )
            for group_id, assigned_at, closed_at, opened_at in rows
        ]

    async def _sessions(self, name: str, **values: object) -> list[ServiceSession]:
        return [session_from(row) for row in await self._database.rows(name, values)]

    # -- agents ----------------------------------------------------------------------------

    async def agent(self, agent_id: str) -> DeskAgent | None:
        """Return an agent."""
        rows = await self._database.rows("desk_agent", {"agent_id": agent_id})
        return agent_from(rows[0]) if rows else None

    async def agents(self) -> Sequence[DeskAgent]:
        """Return all agents that are known to the desk, by name."""
        return [agent_from(row) for row in await self._database.rows("desk_agents", {})]

    async def keep_connected(self, agent_ids: Collection[str], *, until: float) -> None:
        """Let these count as connected until then, unless they do for longer."""
        values = [{"agent_id": agent_id, "until": until} for agent_id in sorted(set(agent_ids))]
        if values:
            await self._database.write_once("keep_connected", values)

    async def intervals(self, agent_id: str, *, since: float, until: float) -> Sequence[Interval]:
        """Return the intervals that touch a stretch of time, oldest first."""
        values = {"agent_id": agent_id, "since": since, "until": until}
        return [interval_from(row) for row in await self._database.rows("intervals", values)]

    async def recount(self) -> Mapping[str, tuple[int, int]]:
        """Set right how many sessions agents have; return whose number was wrong."""
        suspects = [row[0] for row in await self._database.rows("miscounted_agents", {})]
        found: dict[str, tuple[int, int]] = {}
        for agent_id in suspects:
            kept, true = await self._recounted(agent_id)
            if kept != true:
                found[agent_id] = (kept, true)
        return found

    async def _recounted(self, agent_id: str) -> tuple[int, int]:
        return await self._database.write(lambda: _recount(agent_id))

    # -- reviews ---------------------------------------------------------------------------

    async def review(self, review_id: str) -> Review | None:
        """Return a review."""
        found = await self._reviews("review", review_id=review_id)
        return found[0] if found else None

    async def open_review(self, conversation_id: str) -> Review | None:
        """Return the review of a conversation that nobody has decided."""
        found = await self._reviews("open_review", conversation_id=conversation_id)
        return found[0] if found else None

    async def reviews(
        self, *, is_open: bool, before: float | None = None, limit: int = 50
    ) -> Sequence[Review]:
        """Return open ones by deadline, or decided ones, the latest first."""
        if is_open:
            return await self._reviews("open_reviews", limit=limit)
        before = _NEVER if before is None else before
        return await self._reviews("decided_reviews", before=before, limit=limit)

    async def overdue(self, now: float, *, limit: int = 100) -> Sequence[Review]:
        """Return open reviews whose deadline has passed, the earliest first."""
        return await self._reviews("overdue_reviews", now=now, limit=limit)

    async def _reviews(self, name: str, **values: object) -> list[Review]:
        return [review_from(row) for row in await self._database.rows(name, values)]

    # -- feed ------------------------------------------------------------------------------

    async def events(self, *, after: int, limit: int = 500) -> Sequence[DeskEvent]:
        """Return events with a position above ``after``, ascending."""
        rows = await self._database.rows("desk_events", {"after": after, "limit": limit})
        return [event_from(row) for row in rows]

    async def ends(self) -> tuple[int, int]:
        """Return the positions of the oldest event that is kept and of the newest."""
        oldest, newest = (await self._database.rows("ends_of_events", {}))[0]
        if newest is None:
            return 0, 0
        return (newest + 1 if oldest is None else oldest), newest

    async def drop_events(self, *, before: float) -> int:
        """Forget events from before then; return how many."""
        return await self._database.write(lambda: _drop_events(before))


def _recount(agent_id: str) -> Work[tuple[int, int]]:
    """Count what is committed while nobody can take or free a place of the agent."""
    kept = (yield "lock_desk_agent", {"agent_id": agent_id})[0][0]
    true = (yield "count_assigned", {"agent_id": agent_id})[0][0]
    if kept != true:
        yield "set_open", {"agent_id": agent_id, "open": true}
    return kept, true


def _drop_events(before: float) -> Work[int]:
    """Drop all in front of the first that is kept, so that no position is missing in between."""
    oldest, newest = (yield "ends_of_events", {})[0]
    if oldest is None:
        return 0
    rows = yield "first_kept_event", {"before": before}
    first: int = rows[0][0] if rows else newest + 1
    yield "drop_events", {"first": first}
    return int(first - oldest)
