"""Answers that are given to the very request that brought the message, if they come in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from kefu.core.messages import Reply
from kefu.gateway.outbox import Outbox
from kefu.gateway.outcome import Outcome
from kefu.gateway.ports import Deliveries
from kefu.gateway.receiving import Receipt
from kefu.gateway.records import ANSWERED, Delivery
from kefu.gateway.rows import reply_of
from kefu.gateway.turns import CommittedTurn

__all__ = ["Answered", "PromptAnswers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A message was answered in time; its deliveries are in the caller's hand."""

    replies: tuple[Reply, ...]
    delivery_ids: tuple[int, ...]
    is_repeat: bool


class PromptAnswers:
    """Lends deliveries to requests that wait for them.

    A platform that asks again while a first request still waits has two requests waiting: both
    get the same answer, and the platform takes one.
    """

    def __init__(self, deliveries: Deliveries, outbox: Outbox) -> None:
        self._deliveries = deliveries
        self._outbox = outbox
        self._waiting: dict[tuple[str, int], list[asyncio.Future[Answered]]] = {}

    async def wait(
        self, receipt: Receipt, turn: asyncio.Future[Outcome] | None, seconds: float
    ) -> Answered | None:
        """Return the answer to a message, or None if there is none within ``seconds``."""
        key = (receipt.conversation_id, receipt.seq)
        if turn is None:
            return await self._given_before(key) if receipt.is_repeat else None
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answer)
        try:
            async with asyncio.timeout(seconds):
                both: set[asyncio.Future[Any]] = {answer, turn}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            pass  # what comes later is sent
        except asyncio.CancelledError:
            # Another request that waits for the same answer gives it.
            if answer.done() and self._waiting.get(key) == [answer]:
                self._outbox.hand_back(answer.result().delivery_ids)
            raise
        finally:
            self._leave(key, answer)
        if not answer.done():
            return None
        return answer.result()

    def take(self, turn: CommittedTurn) -> bool:
        """Give a turn's replies to who waits for them; False if they are to be sent.

        What is newer never overtakes what is pending.
        """
        key = (turn.request.conversation_id, turn.request.answers)
        waiting = self._waiting.get(key)
        if not waiting or not turn.deliveries or turn.pending_before:
            return False
        self._outbox.lend(turn.deliveries)
        answered = _answered(turn.deliveries)
        for index, answer in enumerate(waiting):
            if not answer.done():
                answer.set_result(replace(answered, is_repeat=index > 0))
        return True

    async def _given_before(self, key: tuple[str, int]) -> Answered | None:
        deliveries = await self._deliveries.of_message(*key)
        is_given = bool(deliveries) and all(
            delivery.reference == ANSWERED or self._outbox.is_lent(delivery.id)
            for delivery in deliveries
        )
        return replace(_answered(deliveries), is_repeat=True) if is_given else None

    def _leave(self, key: tuple[str, int], answer: asyncio.Future[Answered]) -> None:
        waiting = self._waiting.get(key, [])
        if answer in waiting:
            waiting.remove(answer)
        if not waiting:
            self._waiting.pop(key, None)


def _answered(deliveries: Sequence[Delivery]) -> Answered:
    return Answered(
        replies=tuple(reply_of(one.conversation_id, one.body) for one in deliveries),
        delivery_ids=tuple(one.id for one in deliveries),
        is_repeat=False,
    )
