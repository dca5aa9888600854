"""Conversations held in memory between turns, and how they come back from the store."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from kefu.core.codec import decode_state, encode_state
from kefu.core.domain import Domain
from kefu.core.events import Event
from kefu.core.tracker import DEFAULT_TAIL, Tracker
from kefu.gateway.records import (
    MESSAGE,
    NOTE,
    REPLACED,
    Head,
    LogEntry,
    NewEntry,
    Snapshot,
    StoredConversation,
)
from kefu.gateway.rows import as_json, event_of

__all__ = ["Live", "LiveConversations"]

_decode = msgspec.json.Decoder().decode

_OBJECT_SIZE_PER_BYTE_OF_JSON = 4
_SIZE_OF_AN_EMPTY_ONE = 6_000
_SLACK = 64
_GAP = 8
"""Entries that are read along where leaving them out would take another query."""


class _Placed(NamedTuple):
    """An event with its place in the log and the length of its JSON."""

    seq: int
    event: Event
    length: int


@dataclass(slots=True)
class Live:
    """One conversation in memory: the bot's view of it, and where the store stood then."""

    tracker: Tracker
    head: Head
    since_snapshot: int = 0
    """Events committed after the last snapshot."""
    last_event_seq: int = 0
    token: int = 0
    """Of the lease under which it was last known to be as new as the log; 0: of none."""
    _placed: list[_Placed] = field(default_factory=list)
    """What the tracker still refers to, in the order of the log."""
    _length: int = 0
    _kept: int = 0
    """How many were left when those that are not needed were last dropped."""

    @classmethod
    def new(cls, conversation_id: str, domain: Domain, head: Head | None = None) -> Live:
        """Return a conversation without events."""
        return cls(Tracker(conversation_id, domain), head or Head())

    @classmethod
    def restored(cls, conversation_id: str, domain: Domain, stored: StoredConversation) -> Live:
        """Rebuild a conversation from what the store kept of it."""
        live = cls.new(conversation_id, domain, stored.head)
        live.replay(stored)
        return live

    def replay(self, stored: StoredConversation) -> None:
        """Take what the store kept into a conversation that is new."""
        snapshot_seq = 0
        if stored.snapshot is not None:
            self._take_snapshot(stored.snapshot, stored.entries)
            snapshot_seq = stored.snapshot.seq
        for entry in stored.entries:
            if entry.kind in {MESSAGE, NOTE} or entry.seq <= snapshot_seq:
                continue
            if entry.kind == REPLACED:
                self.begin_anew()
                continue
            event = event_of(entry)
            self.tracker.append(event)
            self._place(entry.seq, event, len(entry.body))
        self.tracker.settle()
        self.trim()

    @property
    def size(self) -> int:
        """Roughly the bytes of memory it takes."""
        return _SIZE_OF_AN_EMPTY_ONE + self._length * _OBJECT_SIZE_PER_BYTE_OF_JSON

    def begin_anew(self) -> None:
        """Forget everything that the log said so far."""
        self.tracker = Tracker(self.tracker.conversation_id, self.tracker.domain)
        self._placed.clear()
        self._length = self._kept = 0

    def advance(
        self, head: Head, events: Sequence[Event], entries: Sequence[NewEntry], first_seq: int
    ) -> None:
        """Take note of a commit whose events the tracker has already."""
        self.head = head
        for seq, (event, entry) in enumerate(zip(events, entries, strict=True), start=first_seq):
            self._place(seq, event, len(entry.body))
        self.tracker.settle()
        self.trim()

    def trim(self, keep: int = DEFAULT_TAIL) -> None:
        """Forget what is too old to matter for the next turn."""
        tracker = self.tracker
        tracker.trim(keep)
        if len(self._placed) <= max(len(tracker.events), self._kept) + _SLACK:
            return
        wanted = {id(event) for event in tracker.events}
        wanted.update(id(event) for event in tracker.applied)
        self._placed = [placed for placed in self._placed if id(placed.event) in wanted]
        self._kept = len(self._placed)
        self._length = sum(placed.length for placed in self._placed)

    def snapshot(self) -> Snapshot:
        """Return the present view, as references into the log and the state before them."""
        tracker = self.tracker
        seq_of = {id(placed.event): placed.seq for placed in self._placed}
        applied = [seq_of[id(event)] for event in tracker.applied]
        events = [seq_of[id(event)] for event in tracker.events]
        body: dict[str, Any] = {
            "base": encode_state(tracker.base),
            "applied": _stretches(applied),
            "events": _stretches(events),
            "is_whole": tracker.is_whole,
        }
        needs = _stretches(sorted({*applied, *events}), gap=_GAP)
        return Snapshot(seq=self.last_event_seq, body=as_json(body), needs=needs)

    def _take_snapshot(self, snapshot: Snapshot, entries: Sequence[LogEntry]) -> None:
        raw = _decode(snapshot.body)
        applied, events = _spread(raw["applied"]), _spread(raw["events"])
        needed = {*applied, *events}
        for entry in entries:
            if entry.seq in needed:
                self._place(entry.seq, event_of(entry), len(entry.body))
        event_at = {placed.seq: placed.event for placed in self._placed}
        self.tracker = Tracker.restored(
            self.tracker.conversation_id,
            base=decode_state(raw["base"], self.tracker.domain),
            applied=[event_at[seq] for seq in applied],
            events=[event_at[seq] for seq in events],
            is_whole=raw["is_whole"],
        )
        self.last_event_seq = snapshot.seq
        self.since_snapshot = 0

    def _place(self, seq: int, event: Event, length: int) -> None:
        self._placed.append(_Placed(seq, event, length))
        self._length += length
        self.last_event_seq = seq
        self.since_snapshot += 1


class LiveConversations:
    """The most recently used conversations, within a limit of number and of memory."""

    def __init__(self, *, max_count: int = 2_000, max_bytes: int = 64_000_000) -> None:
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, tuple[Live, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, conversation_id: str, domain: Domain) -> Live | None:
        """Return a conversation that is kept and was folded under ``domain``."""
        found = self._kept.get(conversation_id)
        if found is None or found[0].tracker.domain is not domain:
            return None
        return found[0]

    def put(self, conversation_id: str, live: Live) -> None:
        """Keep ``live``, as the most recently used one."""
        self.drop(conversation_id)
        size = live.size
        self._kept[conversation_id] = (live, size)
        self._bytes += size
        while self._kept and (len(self._kept) > self._max_count or self._bytes > self._max_bytes):
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed

    def drop(self, conversation_id: str) -> None:
        """Forget a conversation; the next turn loads it again."""
        found = self._kept.pop(conversation_id, None)
        if found is not None:
            self._bytes -= found[1]


def _stretches(seqs: Sequence[int], gap: int = 1) -> tuple[tuple[int, int], ...]:
    """Return ascending numbers as pairs of first and last, joining over gaps below ``gap``."""
    found: list[tuple[int, int]] = []
    for seq in seqs:
        if found and 0 < seq - found[-1][1] <= gap:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return tuple(found)


def _spread(stretches: Sequence[Sequence[int]]) -> list[int]:
    return [seq for first, last in stretches for seq in range(first, last + 1)]
