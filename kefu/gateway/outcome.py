"""What came of a message or of another entrance."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.core.events import Event, ReminderCancelled, ReminderScheduled
from kefu.core.messages import Reply

__all__ = ["Noted", "Outcome"]


@dataclass(frozen=True, slots=True)
class Noted:
    """The result of a turn in which the gateway itself acted, not the bot."""

    events: tuple[Event, ...]
    replies: tuple[Reply, ...] = ()
    reminders: tuple[ReminderScheduled | ReminderCancelled, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a message or of another entrance."""

    conversation_id: str
    seq: int
    """Place of the message in the log; for other entrances, of their last event."""
    replies: tuple[Reply, ...] = ()
    events: tuple[Event, ...] = ()
    """What was committed; empty for repeats, whose events are in the log."""
    is_repeat: bool = False
