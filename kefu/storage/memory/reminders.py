"""Reminders, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.records import DueReminder
from kefu.storage.memory.records import Shelf

__all__ = ["MemoryReminders"]


class MemoryReminders:
    """Keeps reminders; see :class:`kefu.gateway.ports.Reminders`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[DueReminder]:
        """Return reminders due at ``now`` and hold them until ``until``."""
        due = [kept for kept in self._shelf.reminders.values() if kept.claimable_at <= now]
        due.sort(key=lambda kept: (kept.reminder.due_at, kept.id))
        for kept in due[:limit]:
            kept.claimable_at = until
        return [kept.due() for kept in due[:limit]]

    async def hold(self, reminder_ids: Sequence[int], *, until: float) -> None:
        """Hold claimed reminders until ``until``."""
        for reminder_id in reminder_ids:
            kept = self._shelf.reminders.get(reminder_id)
            if kept is not None:
                kept.claimable_at = until

    async def next_due(self) -> float | None:
        """Return when the next reminder can be claimed."""
        return min((kept.claimable_at for kept in self._shelf.reminders.values()), default=None)

    async def drop(self, reminder_id: int) -> None:
        """Forget a reminder."""
        self._shelf.reminders.pop(reminder_id, None)
