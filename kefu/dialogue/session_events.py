"""The events of the session that was current when a turn began."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.core.events import ActionExecuted, Event
from kefu.core.names import ACTION_SESSION_START

__all__ = ["session_events"]


def session_events(events: Sequence[Event], turn_start: int, limit: int) -> Sequence[Event]:
    """Return at most the last ``limit`` events since that session began.

    A session that begins in the turn itself does not cut off the one before it. ``turn_start``
    is the index of the turn's first event.
    """
    first = max(0, len(events) - limit)
    for index in range(min(turn_start, len(events)) - 1, first - 1, -1):
        event = events[index]
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_SESSION_START:
            return events[index:]
    return events[first:]
