"""Which agent has a conversation, read from its log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kefu.channels.base import Door, LoggedEntry
from kefu.channels.web.transcript import agent_of, shown_agent
from kefu.core.events import (
    AgentUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
)

__all__ = ["Answering", "WhoAnswers"]

_STEP = 200
_STEPS = 10
"""An agent who came in before so many entries, and said nothing since, is not found."""
_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers, as far as a log tells."""

    owner: str = "bot"
    agent: Mapping[str, Any] | None = None
    """What the customer is shown of the agent; None: nobody is known."""
    is_entered: bool = False
    """Whether the log says that they came in; without it, whoever spoke last is shown."""

    def after(self, entries: Iterable[LoggedEntry]) -> Answering:
        """Return who answers after more of the log."""
        answering = self
        for entry in entries:
            if entry.note is not None:
                answering = _noted(answering, entry.note)
            elif entry.event is not None:
                answering = _happened(answering, entry.event)
        return answering


class WhoAnswers:
    """Finds the agent of a conversation, for clients that were not there when they came in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._known: OrderedDict[str, tuple[int, Answering]] = OrderedDict()

    async def at(self, conversation_id: str, last_seq: int, owner: str) -> Answering:
        """Return who answers at the end of a log whose conversation is ``owner``'s.

        Only an agent's takes a look into the log, and only at what is new since the last one.
        """
        if owner != "agent":
            return Answering(owner)
        seq, known = self._known.get(conversation_id, (0, Answering()))
        if seq < last_seq or known.owner != "agent":
            known = await self._look(conversation_id, seq, last_seq, known)
            self._remember(conversation_id, last_seq, known)
        return known if known.owner == owner else Answering(owner)

    async def _look(
        self, conversation_id: str, known_to: int, last_seq: int, known: Answering
    ) -> Answering:
        found: list[LoggedEntry] = []
        end = last_seq
        for _ in range(_STEPS):
            after = max(known_to, end - _STEP)
            passage = await self._door.passage(conversation_id, after=after, limit=end - after)
            here = [entry for entry in passage.entries if entry.seq <= end]
            found = [*here, *found]
            if after == known_to:
                return known.after(found)
            if any(entry.note and entry.note.get("note") == "entered" for entry in here):
                break
            end = after
        return Answering().after(found)

    def _remember(self, conversation_id: str, seq: int, answering: Answering) -> None:
        self._known[conversation_id] = (seq, answering)
        self._known.move_to_end(conversation_id)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _noted(answering: Answering, note: Mapping[str, Any]) -> Answering:
    match note.get("note"):
        case "entered":
            return Answering("agent", shown_agent(note.get("agent")), is_entered=True)
        case "requeued":
            return Answering("queue")
        case "transferred":
            to = note.get("to")
            is_line = isinstance(to, Mapping) and "group_id" in to
            return Answering("queue") if is_line else answering
        case _:
            return answering


def _happened(answering: Answering, event: Event) -> Answering:
    match event:
        case ConversationPaused():
            return Answering("queue") if answering.owner == "bot" else answering
        case ConversationResumed() | Restarted():
            return Answering()
        case AgentUttered():
            agent = answering.agent if answering.is_entered else agent_of(event) or answering.agent
            return replace(answering, owner="agent", agent=agent)
        case _:
            return answering
