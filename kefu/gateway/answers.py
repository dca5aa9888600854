"""Gives every message its turn, exactly one that counts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from kefu.core.events import ActionExecuted, BotUttered
from kefu.core.messages import Reply, UserMessage
from kefu.core.names import ACTION_LISTEN
from kefu.errors import StorageError
from kefu.gateway.live import Live
from kefu.gateway.merging import Waiting, batch, merged
from kefu.gateway.outcome import Noted, Outcome
from kefu.gateway.ports import Bot, TurnResult
from kefu.gateway.records import MESSAGE, Received
from kefu.gateway.rows import heard, message_of, reply_of
from kefu.gateway.turns import CommittedTurn, TurnRequest
from kefu.gateway.workings import Workings
from kefu.logs import fields

__all__ = ["Answers"]

log = logging.getLogger(__name__)


class Answers:
    """Answers messages that are in the log. Its caller holds the conversation's lane."""

    def __init__(
        self, workings: Workings, after: Callable[[CommittedTurn], Awaitable[None]]
    ) -> None:
        """Put it together; ``after`` is told of every commit."""
        self._turns = workings.turns
        self._stores = workings.stores
        self._counters = workings.counters
        self._settings = workings.settings
        self._after = after

    async def answer(
        self,
        bot: Bot,
        message: UserMessage,
        received: Received,
        waiting: Callable[[], Sequence[Waiting]],
    ) -> Outcome:
        """Give a message its turn, after those received before it.

        Args:
            bot: Takes the turn.
            message: What to answer.
            received: Where it stands in the log.
            waiting: Gives the conversation's messages that have not had their turn, with this one.
        """
        seq = received.seq
        is_new = seq == 1 and received.head.version == 0
        live = await self._turns.live(
            message.conversation_id, bot, is_new=is_new, version=received.head.version
        )
        if live.head.answered_seq < received.previous_message_seq:
            await self.catch_up(bot, message.conversation_id, before=seq)
        elif live.head.answered_seq >= seq:
            return await self.stored(message.conversation_id, seq)
        if self._settings.merge_waiting and live.head.owner == "bot":
            together = batch([one for one in waiting() if one[0] >= seq])
            if len(together) > 1:
                self._counters.merged += len(together) - 1
                *earlier, last = (place for place, _ in together)
                outcome = await self._turn(bot, merged(together), last, together=tuple(earlier))
                return replace(outcome, seq=seq)
        return await self._turn(bot, message, seq, is_new=is_new)

    async def stored(self, conversation_id: str, seq: int) -> Outcome:
        """Return what came of a message whose turn is committed."""
        deliveries = await self._stores.deliveries.of_message(conversation_id, seq)
        return Outcome(
            conversation_id=conversation_id,
            seq=seq,
            replies=tuple(reply_of(conversation_id, delivery.body) for delivery in deliveries),
            is_repeat=True,
        )

    async def catch_up(self, bot: Bot, conversation_id: str, *, before: int | None = None) -> None:
        """Give all messages their turn that have none, those with a ``seq`` below ``before``."""
        stored = await self._stores.log.load(conversation_id)
        if stored is None:
            return
        for entry in stored.entries:
            is_waiting = entry.kind == MESSAGE and entry.seq > stored.head.answered_seq
            if is_waiting and (before is None or entry.seq < before):
                await self._turn(bot, message_of(conversation_id, entry.body), entry.seq)
                self._counters.recovered += 1

    async def recovered(self, bot: Bot, conversation_id: str, seq: int) -> Outcome:
        """Give a message its turn that was received long ago, and return what came of it."""
        await self.catch_up(bot, conversation_id, before=seq + 1)
        return await self.stored(conversation_id, seq)

    async def _turn(
        self,
        bot: Bot,
        message: UserMessage,
        seq: int,
        *,
        is_new: bool = False,
        together: tuple[int, ...] = (),
    ) -> Outcome:
        request = TurnRequest(
            conversation_id=message.conversation_id,
            channel=message.input_channel,
            answers=seq,
            together=together,
            address=message.sender or message.conversation_id,
        )
        attempts = 0

        async def act(bot: Bot, live: Live) -> TurnResult | None:
            nonlocal attempts
            attempts += 1
            is_gone = attempts > 1 and live.head.last_message_seq < seq  # to another conversation
            if is_gone or live.head.answered_seq >= seq:
                return None
            if live.head.owner == "agent":
                self._counters.dropped_turns += attempts > 1
                return self._noted(live, message)
            async with asyncio.timeout(self._settings.turn_timeout):
                return await bot.take_turn(live.tracker, message)

        try:
            done = await self._turns.take(request, bot, act, is_new=is_new)
        except StorageError:
            raise
        except Exception:
            log.exception(
                "turn failed; the customer gets the apology",
                extra=fields(conversation_id=message.conversation_id, seq=seq),
            )
            self._counters.failed_turns += 1
            done = await self._apologise(bot, message, request)
        if done is None:
            return await self.stored(message.conversation_id, seq)
        await self._after(done)
        return Outcome(
            conversation_id=message.conversation_id,
            seq=seq,
            replies=done.replies,
            events=done.events,
        )

    def _noted(self, live: Live, message: UserMessage) -> Noted:
        """Note what a customer says to an agent: nobody has to understand it."""
        noted = Noted((heard(message, self._turns.now()),))
        live.tracker.extend(noted.events)
        return noted

    async def _apologise(
        self, bot: Bot, message: UserMessage, request: TurnRequest
    ) -> CommittedTurn | None:
        async def act(bot: Bot, live: Live) -> TurnResult | None:
            if live.head.answered_seq >= request.answers:
                return None
            text = None if live.head.owner == "agent" else bot.failure_text
            result = self._failed_turn(message, text)
            live.tracker.extend(result.events)
            return result

        return await self._turns.take(request, bot, act)

    def _failed_turn(self, message: UserMessage, apology: str | None) -> Noted:
        """Return what is noted of a turn that failed; ``apology`` is None when it was no bot's."""
        said_by_customer = heard(message, self._turns.now())
        if apology is None:
            return Noted((said_by_customer,))
        listening = ActionExecuted(action_name=ACTION_LISTEN, timestamp=self._turns.now())
        if not apology:
            return Noted((said_by_customer, listening))
        said = BotUttered(text=apology, timestamp=self._turns.now())
        reply = Reply(recipient_id=message.conversation_id, text=apology)
        return Noted((said_by_customer, said, listening), (reply,))
