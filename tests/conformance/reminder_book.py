"""The reminders of one played conversation: which are pending, and which a cancellation drops."""

from __future__ import annotations

from collections.abc import Iterable

from kefu.core.events import Event, ReminderCancelled, ReminderScheduled


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
                    if not _cancels(event, reminder)
                }

    def due(self, now: float) -> list[ReminderScheduled]:
        """Return the reminders whose time has come, earliest first."""
        found = [reminder for reminder in self.pending.values() if reminder.trigger_at <= now]
        return sorted(found, key=lambda reminder: reminder.trigger_at)


def _cancels(cancellation: ReminderCancelled, reminder: ReminderScheduled) -> bool:
    """Whether ``cancellation`` drops ``reminder``: every field it gives has to match."""
    return (
        (not cancellation.name or cancellation.name == reminder.name)
        and (not cancellation.intent or cancellation.intent == reminder.intent)
        and (not cancellation.entities or cancellation.entities == reminder.entities)
    )
