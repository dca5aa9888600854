"""Sees to what comes due, and to what was left undone: by an earlier run or another process."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NoReturn, TypeVar

from kefu.errors import StorageError
from kefu.gateway.ports import Bot
from kefu.gateway.reminding import Reminding
from kefu.gateway.workings import Workings
from kefu.logs import fields

__all__ = ["Rounds"]

log = logging.getLogger(__name__)

T = TypeVar("T")

_REFEED = "refeed"
_REFEED_SECONDS = 60.0


class Rounds:
    """Goes round and looks: due reminders, deliveries to try again, messages without a turn.

    Several processes go round at once. Claims keep reminders and deliveries with one of them,
    leases conversations and the feeding of the human queue.
    """

    def __init__(self, workings: Workings) -> None:
        self._stores = workings.stores
        self._clock = workings.clock
        self._settings = workings.settings
        self._lanes = workings.lanes
        self._turns = workings.turns
        self._following = workings.following
        self._outbox = workings.outbox
        self._reports = workings.reports
        self._next_refeed = 0.0

    @property
    def is_alone(self) -> bool:
        """Whether no other process serves the same conversations."""
        return self._stores.shared is None

    async def resume(
        self, catch_up: Callable[[str], Awaitable[None]], *, silent_for: float = 0.0
    ) -> int:
        """Let ``catch_up`` take conversations with messages that have no turn; return how many.

        With other processes about, that is left to those who have nothing else to do.
        """
        if not self.is_alone and self._lanes.waiting >= self._settings.max_running:
            return 0
        before = self._clock.now() - silent_for
        found = await self._stores.conversations.unanswered(before=before, limit=1_000)
        for conversation_id in found:
            if not self._lanes.is_busy(conversation_id):
                job = partial(catch_up, conversation_id)
                self._lanes.submit(conversation_id, job, is_patient=self.is_alone)
        return len(found)

    async def refeed(self, bot: Bot) -> None:
        """Tell the human queue again which conversations wait."""
        if not self._following.has_handoff:
            return
        shared = self._stores.shared
        if shared is not None:
            if await shared.leases.acquire(_REFEED, seconds=_REFEED_SECONDS) is None:
                return  # somebody does or did; the lease ends by itself when it is due again
            self._next_refeed = self._clock.now() + _REFEED_SECONDS
        after = ""
        while page := await self._stores.conversations.owned_by("queue", after=after):
            for conversation_id in page:
                await self._following.retell(await self._turns.live(conversation_id, bot))
            after = page[-1]

    async def run(
        self,
        has_bot: asyncio.Event,
        bot: Callable[[], Bot],
        catch_up: Callable[[str], Awaitable[None]],
        *,
        reminding: Reminding,
    ) -> NoReturn:
        """Go round until cancelled, pausing while there is no bot."""
        await has_bot.wait()
        silent_for = 0.0 if self.is_alone else self._settings.look_seconds
        await self._attempt(self.resume(catch_up, silent_for=silent_for))
        await self._attempt(self.refeed(bot()))
        silent_for = self._settings.retry_after if self.is_alone else self._settings.look_seconds
        while True:
            await has_bot.wait()
            await self._attempt(reminding.fire_due(bot))
            if self._outbox.has_senders:
                await self._attempt(self._outbox.send_due())
                await self._attempt(self._reports.settle_early())
            await self._attempt(self.resume(catch_up, silent_for=silent_for))
            if not self.is_alone and self._clock.now() >= self._next_refeed:
                await self._attempt(self.refeed(bot()))
            await self._attempt(reminding.wait(self._clock, self._pause()))

    def _pause(self) -> float:
        """Return the longest time until the next round."""
        if self.is_alone:
            return self._settings.round_seconds
        return self._settings.look_seconds * random.uniform(0.7, 1.3)

    async def _attempt(self, work: Awaitable[T]) -> T | None:
        """Do background work; when the store does not answer it is done in the next round."""
        try:
            return await work
        except StorageError as error:
            log.warning("the store did not answer", extra=fields(error=str(error)))
            await asyncio.sleep(1.0)
            return None
