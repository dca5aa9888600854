"""Reminders, in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from kefu.gateway.records import DueReminder
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlReminders"]


class SqlReminders:
    """Keeps reminders; see :class:`kefu.gateway.ports.Reminders`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[DueReminder]:
        """Return reminders due at ``now`` and hold them until ``until``."""
        earliest = await self.next_due()
        if earliest is None or earliest > now:
            return []
        return await self._database.write(lambda: _claim_due(now, until, limit))

    async def hold(self, reminder_ids: Sequence[int], *, until: float) -> None:
        """Hold claimed reminders until ``until``."""
        values = [{"id": reminder_id, "until": until} for reminder_id in reminder_ids]
        await self._database.write_once("hold_reminder", values)

    async def next_due(self) -> float | None:
        """Return when the next reminder can be claimed."""
        return await self._database.read(_next_due)

    async def drop(self, reminder_id: int) -> None:
        """Forget a reminder."""
        await self._database.write(lambda: _drop(reminder_id))


def _claim_due(now: float, until: float, limit: int) -> Work[Sequence[DueReminder]]:
    rows = yield "due_reminders", {"now": now, "limit": limit}
    if rows:
        yield "hold_reminder", [{"id": row[0], "until": until} for row in rows]
    return [
        DueReminder(id=number, conversation_id=conversation_id, due_at=due_at, body=body)
        for number, conversation_id, due_at, body in rows
    ]


def _next_due() -> Work[float | None]:
    rows = yield "next_reminder", {}
    earliest: float | None = rows[0][0]
    return earliest


def _drop(reminder_id: int) -> Work[None]:
    yield "drop_reminder", {"id": reminder_id}
