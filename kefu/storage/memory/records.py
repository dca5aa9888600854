"""What the in-memory ports share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from kefu.core.shared_state import StateChange
from kefu.errors import Conflict
from kefu.gateway.records import (
    Delivery,
    DeliveryState,
    DueReminder,
    Head,
    LogEntry,
    NewEntry,
    NewReminder,
    Snapshot,
)

__all__ = ["EarlyReport", "KeptConversation", "KeptReminder", "KeptState", "Shelf"]


@dataclass(slots=True)
class KeptConversation:
    """A conversation with its log."""

    head: Head
    changed_at: float
    entries: list[LogEntry] = field(default_factory=list)
    """``entries[n]`` has ``seq`` n + 1."""
    snapshot: Snapshot | None = None
    answered_with: dict[int, int] = field(default_factory=dict)
    """Message -> the later one with which it had its turn."""


@dataclass(slots=True)
class KeptReminder:
    """A reminder and when it may be claimed."""

    id: int
    conversation_id: str
    reminder: NewReminder
    claimable_at: float

    def due(self) -> DueReminder:
        """Return it as the gateway sees it."""
        return DueReminder(
            id=self.id,
            conversation_id=self.conversation_id,
            due_at=self.reminder.due_at,
            body=self.reminder.body,
        )


@dataclass(frozen=True, slots=True)
class KeptState:
    """A value that channels keep together."""

    value: str
    version: int
    expires_at: float | None

    def is_valid(self, now: float) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class EarlyReport:
    """What a channel said of a delivery before it was stored what the channel calls it."""

    channel: str
    reference: str
    state: DeliveryState
    reason: str | None
    at: float

    def is_about(self, delivery: Delivery) -> bool:
        """Whether it tells of this delivery."""
        return (delivery.channel, delivery.reference) == (self.channel, self.reference)


@dataclass(slots=True)
class Shelf:
    """Everything that is kept."""

    conversations: dict[str, KeptConversation] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """Address -> the conversation that it leads to."""
    arrivals: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """Channel and message id -> conversation and ``seq``."""
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    early_reports: dict[tuple[str, str, str], EarlyReport] = field(default_factory=dict)
    """By channel, reference and state."""
    reminders: dict[int, KeptReminder] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    """The conversation of every entry, in the order they came."""
    ids: count[int] = field(default_factory=lambda: count(1))
    states: dict[str, KeptState] = field(default_factory=dict)
    feeds: tuple[str, ...] = ()
    """Who is given what is committed."""
    unfed: dict[int, tuple[str, str, int, int]] = field(default_factory=dict)
    """Feed, conversation, first and last ``seq`` of what a feed was not given yet."""

    def note_unfed(self, conversation_id: str, first: int, last: int) -> None:
        """Note for all feeds what was appended to a log."""
        for feed in self.feeds if last >= first else ():
            self.unfed[next(self.ids)] = (feed, conversation_id, first, last)

    def append(self, conversation_id: str, entry: NewEntry) -> int:
        """Append an entry to the log of a conversation that exists, and return its place."""
        kept = self.conversations[conversation_id]
        seq = kept.head.last_seq + 1
        kept.entries.append(
            LogEntry(seq=seq, kind=entry.kind, timestamp=entry.timestamp, body=entry.body)
        )
        kept.head = replace(kept.head, last_seq=seq)
        self.order.append(conversation_id)
        return seq

    def drop_deliveries_and_reminders(self, conversation_id: str) -> None:
        """Forget all deliveries and reminders of a conversation."""
        kept: tuple[dict[int, Any], ...] = (self.deliveries, self.reminders)
        for by_id in kept:
            for number, one in list(by_id.items()):
                if one.conversation_id == conversation_id:
                    del by_id[number]

    def resolve(self, address: str) -> str:
        """Return the id of the conversation that an address leads to."""
        return self.aliases.get(address, address)

    def state_version(self, key: str, now: float) -> int:
        """Return the version of a shared value, 0 when there is none or it has expired."""
        kept = self.states.get(key)
        return kept.version if kept is not None and kept.is_valid(now) else 0

    def change_state(self, change: StateChange, expires_at: float | None, now: float) -> bool:
        """Set a shared value if its version is the expected one; return whether it was."""
        if self.state_version(change.key, now) != change.expected_version:
            return False
        self.set_state(change.key, change.value, expires_at)
        return True

    def change_states(self, changes: Sequence[StateChange], now: float) -> None:
        """Change shared values, all of them, or raise Conflict."""
        for change in changes:
            if self.state_version(change.key, now) != change.expected_version:
                raise Conflict(f"{change.key!r} is not at version {change.expected_version}")
        for change in changes:
            ends = None if change.expires_in is None else now + change.expires_in
            self.set_state(change.key, change.value, ends)

    def set_state(self, key: str, value: str, expires_at: float | None) -> None:
        """Set a shared value."""
        kept = self.states.get(key)
        self.states[key] = KeptState(value, (kept.version if kept else 0) + 1, expires_at)
