"""A turn of the bot: the result, and the record of one that is under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kefu.clock import Clock
from kefu.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    ReminderCancelled,
    ReminderScheduled,
)
from kefu.core.messages import Reply
from kefu.core.names import ACTION_LISTEN, ACTION_SESSION_START
from kefu.core.tracker import Tracker
from kefu.dialogue.responses.utterances import reply_of

__all__ = ["Turn", "TurnRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What came of a message or another impulse."""

    events: tuple[Event, ...] = ()
    """New events for the log, oldest first, with timestamps."""
    replies: tuple[Reply, ...] = ()
    """What the customer gets, in this order."""
    reminders: tuple[ReminderScheduled | ReminderCancelled, ...] = ()
    """Those of the events that change which reminders are pending."""


class TurnRecord:
    """Appends what happens to the tracker and remembers it for the turn's result."""

    def __init__(self, tracker: Tracker, *, channel: str, clock: Clock) -> None:
        self.tracker = tracker
        self.channel = channel
        self._clock = clock
        self._events: list[Event] = []
        self._replies: list[Reply] = []
        self._reminders: list[ReminderScheduled | ReminderCancelled] = []
        self.actions_since_listening = 0

    def log(self, events: Iterable[Event]) -> None:
        """Append ``events``; those without a timestamp happened now."""
        for event in events:
            stamped = event
            if event.timestamp is None:
                stamped = replace(event, timestamp=self._clock.now())
            self._events.append(stamped)
            self.tracker.append(stamped)
            if isinstance(stamped, ActionExecuted):
                self._count(stamped)

    def carry_out(self, events: Iterable[Event]) -> None:
        """Say what ``events`` say and note their reminders."""
        for event in events:
            if isinstance(event, BotUttered):
                self._replies.append(reply_of(event, self.tracker.conversation_id))
            elif isinstance(event, ReminderScheduled | ReminderCancelled):
                self._reminders.append(event)

    def finished(self) -> Turn:
        """End the turn and return its result."""
        self.tracker.settle()
        self.tracker.trim()
        return Turn(
            events=tuple(self._events),
            replies=tuple(self._replies),
            reminders=tuple(self._reminders),
        )

    def _count(self, event: ActionExecuted) -> None:
        if event.action_name in (ACTION_LISTEN, ACTION_SESSION_START):
            self.actions_since_listening = 0
        else:
            self.actions_since_listening += 1
