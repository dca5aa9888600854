"""Compares what the desk keeps with what the logs say, and reports where they differ.

How busy agents are is kept beside the sessions, since claims need it at once; sessions are kept
beside the logs. All are changed in one transaction, so a difference is a defect, or somebody else's
hand in the database: it is reported, and a count that is wrong is mended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from kefu.desk.ports import DeskStore, Door, Entry
from kefu.desk.serving import Serving
from kefu.desk.sessions import ServiceSession
from kefu.errors import Conflict
from kefu.logs import fields

__all__ = ["UNKNOWN", "Differences", "Reconciler", "absorbed_in", "holder"]

log = logging.getLogger(__name__)

UNKNOWN: Final = "?"
"""In the place of an agent's id: the entries do not say whose the conversation is."""

_LINE: Final = ""
"""In the place of an agent's id: a session waits."""
_WITHOUT_AGENT: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("queued", "requeued", "transferred"), _LINE),  # transferred: to a group
    **dict.fromkeys(("withdrawn", "given_back", "closed")),
}
_MOST_MERGES: Final = 8
_LOOKS: Final = (100, 2_000, 50_000)
"""So many of the last entries are read, one after the other, until one says whose it is."""

Brought: TypeAlias = Mapping[tuple[str, float], str | None]
"""Whose session a merge brought, by the conversation that it took in and its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What did not agree."""

    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Agent -> how many conversations were kept for them, and how many sessions they have."""
    loads: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Agent -> how many sessions they have, and how many of these are theirs by the logs."""
    holders: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """Conversation -> the agent by the session, and by the log; None: nobody."""

    def __len__(self) -> int:
        return len(self.counts) + len(self.holders)


def holder(entries: Iterable[Entry], brought: Brought | None = None) -> str | None:
    """Fold whose a conversation is from entries of its log: an agent's id, or None for nobody.

    Args:
        entries: Oldest first.
        brought: What merges brought, see :func:`absorbed_in`: a session goes on here unless there
            was one here already.

    Returns:
        :data:`UNKNOWN` when no entry says it.
    """
    return _session(entries, brought or {}) or None


def absorbed_in(entries: Iterable[Entry]) -> list[tuple[str, float]]:
    """Return the conversations that were merged into the one of these entries, and when."""
    return [
        (name, entry.timestamp)
        for entry in entries
        if entry.note is not None
        and entry.note.get("note") == "merged"
        and isinstance(name := entry.note.get("absorbed"), str)
    ]


def _session(entries: Iterable[Entry], brought: Brought) -> str | None:
    """Return whose the session is: an agent's, of the line, or None, as there is none."""
    found: str | None = UNKNOWN
    for entry in entries:
        if entry.note is not None:
            found = _after(entry.note, found, brought, entry.timestamp)
    return found


def _after(note: Mapping[str, Any], before: str | None, brought: Brought, at: float) -> str | None:
    match note:
        case {"note": "transferred" | "taken_over", "to": {"id": str(agent_id)}}:
            return agent_id
        case {"note": "assigned" | "taken_over", "agent": {"id": str(agent_id)}}:
            return agent_id
        case {"note": "merged", "into": str()}:
            return None
        case {"note": "merged"} if before is None:
            return brought.get((str(note.get("absorbed")), at), UNKNOWN)
        case {"note": kind} if kind in _WITHOUT_AGENT:
            return _WITHOUT_AGENT[kind]
        case _:
            return before


class Reconciler:
    """Looks at all agents and all that is assigned or waits."""

    def __init__(self, store: DeskStore, door: Door, serving: Serving) -> None:
        self._store = store
        self._door = door
        self._serving = serving

    async def look(self) -> Differences:
        """Compare, mend what is counted wrong, end what waits for no reason; report in the log."""
        counts = await self._store.recount()
        for agent_id, (kept, true) in counts.items():
            where = fields(agent_id=agent_id, kept=kept, true=true)
            log.error("an agent's conversations were miscounted; mended", extra=where)
        for session in await self._store.waiting():
            with suppress(Conflict):  # it waits no longer anyway
                await self._serving.mend(session)
        loads: dict[str, tuple[int, int]] = {}
        holders: dict[str, tuple[str, str | None]] = {}
        for agent in await self._store.agents():
            sessions = await self._store.sessions_with(agent.agent_id)
            strays: dict[str, tuple[str, str | None]] = {}
            for session in sessions:
                said = await self._said(session)
                if said not in (UNKNOWN, agent.agent_id) and await self._is_still(session):
                    strays[session.conversation_id] = (agent.agent_id, said)
            if strays:
                loads[agent.agent_id] = (len(sessions), len(sessions) - len(strays))
                holders |= strays
        for conversation_id, (by_session, by_log) in holders.items():
            where = fields(conversation_id=conversation_id, kept=by_session, said=by_log)
            log.error("a session's agent is not the one that its log says", extra=where)
        return Differences(counts=counts, loads=loads, holders=holders)

    async def _said(self, session: ServiceSession) -> str | None:
        """Return whose a session's conversation is by the log."""
        for limit in _LOOKS:
            entries = await self._door.recent(session.conversation_id, limit)
            said = holder(entries, await self._brought(entries, limit, _MOST_MERGES))
            if said != UNKNOWN:
                return said
        return UNKNOWN

    async def _brought(
        self, entries: Sequence[Entry], limit: int, depth: int
    ) -> dict[tuple[str, float], str | None]:
        """Return whose sessions were that merges brought into a conversation."""
        brought: dict[tuple[str, float], str | None] = {}
        for name, at in absorbed_in(entries) if depth else ():
            log = await self._door.recent(name, limit)
            before = [entry for entry in log if entry.timestamp < at]
            brought[name, at] = _session(before, await self._brought(before, limit, depth - 1))
        return brought

    async def _is_still(self, session: ServiceSession) -> bool:
        """Whether nothing happened with a session while its log was read."""
        now = await self._store.session(session.session_id)
        return now is not None and (now.state, now.agent_id) == (session.state, session.agent_id)
