"""Reminders: which are pending, and whether one still applies when its time has come."""

from __future__ import annotations

from collections.abc import Iterable

from kefu.core.events import Event, ReminderCancelled, ReminderScheduled, UserUttered
from kefu.core.tracker import Tracker

__all__ = ["ReminderBook", "cancels", "is_outdated"]


class ReminderBook:
    """The pending reminders of one conversation, by name."""

    def __init__(self, pending: Iterable[ReminderScheduled] = ()) -> None:
        self.pending = {reminder.name: reminder for reminder in pending}

    def take(self, events: Iterable[Event]) -> None:
        """Take scheduling and cancelling events into account."""
        for event in events:
            if isinstance(event, ReminderScheduled):
                self.pending[event.name] = event
            elif isinstance(event, ReminderCancelled):
                self.pending = {
                    name: reminder
                    for name, reminder in self.pending.items()
                    if not cancels(event, reminder)
                }

    def due(self, now: float) -> list[ReminderScheduled]:
        """Return the reminders whose time has come, earliest first."""
        found = [reminder for reminder in self.pending.values() if reminder.trigger_at <= now]
        return sorted(found, key=lambda reminder: reminder.trigger_at)


def cancels(cancellation: ReminderCancelled, reminder: ReminderScheduled) -> bool:
    """Whether ``cancellation`` drops ``reminder``: every field it gives has to match."""
    return (
        (not cancellation.name or cancellation.name == reminder.name)
        and (not cancellation.intent or cancellation.intent == reminder.intent)
        and (not cancellation.entities or cancellation.entities == reminder.entities)
    )


def is_outdated(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    """Whether ``reminder`` must not fire: restarted since, or a message came that ends it."""
    if not _still_counts(reminder, tracker):
        return True
    return reminder.kill_on_user_message and _has_message_since(reminder, tracker)


def _still_counts(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    if not tracker.is_whole:
        return True
    return any(_is(event, reminder) for event in reversed(tracker.applied))


def _has_message_since(reminder: ReminderScheduled, tracker: Tracker) -> bool:
    for event in reversed(tracker.events):
        if _is(event, reminder):
            return False
        if isinstance(event, UserUttered) and event.text:
            return True
    return True


def _is(event: Event, reminder: ReminderScheduled) -> bool:
    return isinstance(event, ReminderScheduled) and event.name == reminder.name
