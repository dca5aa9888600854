"""Acts on reminders when their time has come, each exactly once as far as the log shows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from kefu.clock import Clock
from kefu.core.events import ReminderScheduled
from kefu.errors import Conflict, StorageError
from kefu.gateway.live import Live
from kefu.gateway.ports import Bot, TurnResult
from kefu.gateway.records import DueReminder
from kefu.gateway.rows import REVIEW_DUE, reminder_of
from kefu.gateway.turns import LATEST, CommittedTurn, TurnRequest, resolved_channel
from kefu.gateway.workings import Workings
from kefu.logs import fields

__all__ = ["Reminding"]

log = logging.getLogger(__name__)

_CLAIM = 10.0
"""Seconds for which a reminder is this process's, longer than between two looks at what is due."""
_BATCH = 100


class Reminding:
    """Fires reminders. Claims keep two processes from firing the same one.

    A claim lasts for seconds only, so that what a process that died had in hand is soon fired by
    another. It is renewed until the reminder has had its turn, however long that takes.
    """

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
        self._in_hand: set[int] = set()

    async def fire_due(self, bot: Callable[[], Bot]) -> int:
        """Act on reminders whose time has come, and keep those in hand; return how many came."""
        now = self._turns.now()
        if self._in_hand:
            await self._reminders.hold(sorted(self._in_hand), until=now + _CLAIM)
        due = await self._reminders.claim_due(now, until=now + _CLAIM, limit=_BATCH)
        new = [reminder for reminder in due if reminder.id not in self._in_hand]
        for reminder in new:
            done = self._lanes.submit(reminder.conversation_id, partial(self._fire, reminder, bot))
            self._in_hand.add(reminder.id)
            done.add_done_callback(partial(self._let_go, reminder.id))
        return len(new)

    def _let_go(self, reminder_id: int, _done: asyncio.Future[None]) -> None:
        self._in_hand.discard(reminder_id)

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
                raise _IsAgentsError("an agent has the conversation")
            channel = resolved_channel(LATEST, live)
            if event.name == REVIEW_DUE:
                return await _expired(bot, live, event, channel)
            result = await bot.handle_reminder(live.tracker, event, output_channel=channel)
            return result if result.events else None

        try:
            done = await self._turns.take(request, bot(), act)
        except _IsAgentsError:
            done = None
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


class _IsAgentsError(Conflict):
    """Raised when nobody is to be reminded, unless that turns out to be so no longer."""


async def _expired(
    bot: Bot, live: Live, event: ReminderScheduled, channel: str
) -> TurnResult | None:
    """Do what is to happen when no agent has decided on an answer; None: one has, or it is over."""
    if live.head.owner != "bot" or not live.head.is_answered:
        return None
    (review_id,) = event.entities
    try:
        return await bot.resume_review(
            live.tracker,
            decision="expire",
            review_id=review_id or None,
            text=None,
            agent=None,
            is_silent=False,
            output_channel=channel,
        )
    except Conflict:
        return None
