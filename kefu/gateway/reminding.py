"""Acts on reminders when their time has come, each exactly once as far as the log shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from kefu.clock import Clock
from kefu.core.events import ReminderScheduled
from kefu.errors import StorageError
from kefu.gateway.live import Live
from kefu.gateway.ports import Bot, TurnResult
from kefu.gateway.records import DueReminder
from kefu.gateway.rows import reminder_of
from kefu.gateway.turns import LATEST, CommittedTurn, TurnRequest, resolved_channel
from kefu.gateway.workings import Workings
from kefu.logs import fields

__all__ = ["Reminding"]

log = logging.getLogger(__name__)

_CLAIM = 60.0
_BATCH = 100


class Reminding:
    """Fires reminders. Claims keep two processes from firing the same one."""

    def __init__(
        self, workings: Workings, after: Callable[[CommittedTurn], Awaitable[None]]
    ) -> None:
        """Put it together; ``after`` is told of every commit."""
        self._reminders = workings.stores.reminders
        self._turns = workings.turns
        self._lanes = workings.lanes
        self._counters = workings.counters
        self._after = after
        self._changed = asyncio.Event()

    async def fire_due(self, bot: Callable[[], Bot]) -> int:
        """Act on reminders whose time has come; return how many."""
        now = self._turns.now()
        due = await self._reminders.claim_due(now, until=now + _CLAIM, limit=_BATCH)
        for reminder in due:
            self._lanes.submit(reminder.conversation_id, partial(self._fire, reminder, bot))
        return len(due)

    def note(self, turn: CommittedTurn) -> None:
        """Take note of a commit: it may bring a reminder that is due before all others."""
        if any(isinstance(event, ReminderScheduled) for event in turn.events):
            self._changed.set()

    async def wait(self, clock: Clock, longest: float) -> None:
        """Return when a reminder is due, or after ``longest`` seconds."""
        self._changed.clear()
        due = await self._reminders.next_due()
        pause = longest if due is None else min(max(due - clock.now(), 0.02), longest)
        try:
            async with asyncio.timeout(pause):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _fire(self, due: DueReminder, bot: Callable[[], Bot]) -> None:
        event = reminder_of(due)
        request = TurnRequest(
            conversation_id=due.conversation_id, channel=LATEST, finished_reminder=due.id
        )

        async def act(bot: Bot, live: Live) -> TurnResult | None:
            if live.head.owner == "agent":
                return None
            channel = resolved_channel(LATEST, live)
            result = await bot.handle_reminder(live.tracker, event, output_channel=channel)
            return result if result.events else None

        try:
            done = await self._turns.take(request, bot(), act)
        except StorageError:
            raise  # the claim runs out and it is tried again
        except Exception:
            log.exception(
                "reminder failed",
                extra=fields(conversation_id=due.conversation_id, reminder=event.name),
            )
            done = None
        if done is None:
            await self._reminders.drop(due.id)
            return
        self._counters.reminders += 1
        await self._after(done)
