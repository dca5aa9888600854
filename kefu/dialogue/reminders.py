"""Whether a reminder still applies when its time has come."""

from __future__ import annotations

from kefu.core.events import Event, ReminderScheduled, UserUttered
from kefu.core.tracker import Tracker

__all__ = ["is_outdated"]


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
