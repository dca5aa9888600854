"""Reads conversations: the log in pages, and the state as Rasa's HTTP API shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from kefu.core.codec import encode_event
from kefu.core.domain import Domain
from kefu.core.events import Event
from kefu.core.tracker import Tracker
from kefu.core.tracker_json import tracker_as_json
from kefu.gateway.ports import Bot, Stores
from kefu.gateway.records import MESSAGE, NOTE, REPLACED, LogEntry
from kefu.gateway.rows import event_of
from kefu.gateway.turns import Turns

__all__ = ["LoggedEntry", "LoggedEvent", "Passage", "Reading", "Verbosity"]

Verbosity = Literal["NONE", "APPLIED", "AFTER_RESTART", "ALL"]

_PAGE = 500
_UNSEEN = frozenset({MESSAGE, REPLACED})
_NO_EVENTS = _UNSEEN | {NOTE}
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event with its place in the log."""

    seq: int
    event: Event


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An event or a note, the other one being None, with its place in the log."""

    seq: int
    timestamp: float
    event: Event | None
    note: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a conversation's log, and which conversation it is."""

    conversation_id: str
    entries: Sequence[LoggedEntry]


class Reading:
    """Reads what is committed; changes nothing."""

    def __init__(self, stores: Stores, turns: Turns) -> None:
        self._stores = stores
        self._turns = turns

    async def log(
        self, conversation_id: str, *, after: int, limit: int | None
    ) -> Sequence[LoggedEvent]:
        """Return committed events behind ``after``, oldest first."""
        found: list[LoggedEvent] = []
        if limit is not None and limit <= 0:
            return found
        async for entry in self._entries(conversation_id, after=after):
            if entry.kind not in _NO_EVENTS:
                found.append(LoggedEvent(entry.seq, event_of(entry)))
                if len(found) == limit:
                    break
        return found

    async def passage(
        self, address: str, *, after: int, limit: int | None, follows: bool = True
    ) -> Passage:
        """Return committed events and notes behind ``after``, oldest first.

        Args:
            address: Of a conversation.
            after: Place in the log.
            limit: Highest number of entries.
            follows: Whether it is the log to which the address leads; else it is that of the
                conversation with exactly this id, also of one that was merged into another.
        """
        log, name = self._stores.log, address
        if follows:
            page = await log.page(address, after=after, limit=_PAGE)
            name, entries = page.conversation_id, page.entries
        else:
            entries = await log.history(name, after=after, limit=_PAGE)
        found: list[LoggedEntry] = []
        while True:
            found += map(_logged, (entry for entry in entries if entry.kind not in _UNSEEN))
            if len(entries) < _PAGE or (limit is not None and len(found) >= limit):
                return Passage(name, found[:limit])
            entries = await log.history(name, after=entries[-1].seq, limit=_PAGE)

    async def earlier(
        self, conversation_id: str, *, before: int, limit: int
    ) -> Sequence[LoggedEntry]:
        """Return those of the last ``limit`` entries below ``before`` that people may be shown."""
        page = await self._stores.log.earlier(conversation_id, before=before, limit=limit)
        return [_logged(entry) for entry in page if entry.kind not in _UNSEEN]

    async def state(
        self, conversation_id: str, bot: Bot, *, events: Verbosity, until: float | None
    ) -> dict[str, Any]:
        """Return the conversation in the form of Rasa's HTTP API."""
        if until is not None:
            return await self._state_at(conversation_id, bot.domain, events, until)
        live = await self._turns.live(conversation_id, bot)
        if events == "APPLIED" and not live.tracker.is_whole:
            return await self._state_at(conversation_id, bot.domain, events, float("inf"))
        if events in {"NONE", "APPLIED"}:
            return tracker_as_json(
                live.tracker, live.tracker.applied if events == "APPLIED" else None
            )
        state = tracker_as_json(live.tracker, None)
        entries = await self._bots_entries(conversation_id, until=float("inf"))
        state["events"] = [_shown(entry) for entry in _chosen(entries, events)]
        return state

    async def _state_at(
        self, conversation_id: str, domain: Domain, events: Verbosity, until: float
    ) -> dict[str, Any]:
        entries = await self._bots_entries(conversation_id, until=until)
        tracker = Tracker.from_events(conversation_id, domain, map(event_of, entries))
        if events in {"NONE", "APPLIED"}:
            return tracker_as_json(tracker, tracker.applied if events == "APPLIED" else None)
        state = tracker_as_json(tracker, None)
        state["events"] = [_shown(entry) for entry in _chosen(entries, events)]
        return state

    async def _bots_entries(self, conversation_id: str, *, until: float) -> list[LogEntry]:
        """Return the events that make up the bot's view, oldest first."""
        found: list[LogEntry] = []
        async for entry in self._entries(conversation_id, after=0):
            if entry.kind in {MESSAGE, NOTE} or entry.timestamp > until:
                continue
            if entry.kind == REPLACED:
                found.clear()
            else:
                found.append(entry)
        return found

    async def _entries(self, conversation_id: str, *, after: int) -> AsyncIterator[LogEntry]:
        while page := await self._stores.log.history(conversation_id, after=after, limit=_PAGE):
            for entry in page:
                yield entry
            if len(page) < _PAGE:
                return
            after = page[-1].seq


def _logged(entry: LogEntry) -> LoggedEntry:
    if entry.kind == NOTE:
        return LoggedEntry(entry.seq, entry.timestamp, None, _decode(entry.body))
    return LoggedEntry(entry.seq, entry.timestamp, event_of(entry), None)


def _shown(entry: LogEntry) -> Any:
    """Return an event in the form of Rasa's API, where the log says more in some cases."""
    if entry.kind == "cancel_reminder":
        return encode_event(event_of(entry))
    return _decode(entry.body)


def _chosen(entries: list[LogEntry], events: Verbosity) -> list[LogEntry]:
    if events == "ALL":
        return entries
    for index in range(len(entries) - 1, -1, -1):
        if entries[index].kind == "restart":
            return entries[index + 1 :]
    return entries
