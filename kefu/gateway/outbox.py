"""Brings committed replies to customers on channels that are written to, until they are there."""

from __future__ import annotations

import contextlib
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence

from kefu.clock import Clock
from kefu.errors import ChannelError, HeldBack, Refused, StorageError
from kefu.gateway.counters import Counters
from kefu.gateway.lanes import Lanes
from kefu.gateway.lending import Lending
from kefu.gateway.noting import Noting
from kefu.gateway.ports import Sender, Stores
from kefu.gateway.records import ANSWERED, Delivery
from kefu.gateway.rows import reply_of
from kefu.logs import fields

__all__ = ["Outbox"]

log = logging.getLogger(__name__)

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 600.0
_MAX_ATTEMPTS = 12
_BATCH = 200
_REMEMBERED = 10_000
"""Settled deliveries remembered; far more than there are between a commit and its sending."""


class Outbox:
    """Sends deliveries: to one conversation on one channel one after the other and in order.

    What is held or fails on one channel holds up nothing on another.
    """

    def __init__(
        self,
        stores: Stores,
        senders: Mapping[str, Sender],
        clock: Clock,
        counters: Counters,
        *,
        hold: float,
        noted: Callable[[], Awaitable[None]],
    ) -> None:
        """Put it together.

        Args:
            stores: Where deliveries are kept.
            senders: Bring them to customers, by channel.
            clock: Tells the time.
            counters: What happened so far.
            hold: For how many seconds what is taken up is this process's alone.
            noted: Awaited each time that it was noted what was sent.
        """
        self._deliveries = stores.deliveries
        self._addresses = stores.conversations.addresses
        self._senders = senders
        self._clock = clock
        self._counters = counters
        self._noting = Noting(stores.deliveries, clock, after=noted)
        self._lanes = Lanes()
        self._hold = hold
        self._in_hand: set[int] = set()
        self._settled: deque[int] = deque(maxlen=_REMEMBERED)
        self._lending = Lending()
        self._blocked: set[tuple[str, str]] = set()
        """Lines whose oldest delivery failed: newer ones wait for it."""

    def send(self, deliveries: Sequence[Delivery], pending_before: Sequence[int] = ()) -> None:
        """Send deliveries just committed, unless earlier ones of their line still wait.

        Args:
            deliveries: Those of one commit.
            pending_before: Earlier ones of the line that were pending then. Any that is not in
                hand here was left by a process that died, or failed: then the new ones wait for
                its turn.
        """
        lines = {delivery.line for delivery in deliveries}
        if not pending_before:  # what was held back or failed was brought across elsewhere
            self._blocked -= lines
        elif any(not self._is_known(number) for number in pending_before):
            self._blocked |= lines
        self._submit_all(deliveries)

    @property
    def has_senders(self) -> bool:
        """Whether any channel can be written to."""
        return bool(self._senders)

    async def send_due(self) -> int:
        """Send what an earlier attempt, or an earlier run, did not bring across."""
        self._noting.again()
        now = self._clock.now()
        due = await self._deliveries.claim_due(now, until=now + self._hold, limit=_BATCH)
        due = [delivery for delivery in due if not self._is_under_way(delivery.id)]
        self._blocked.difference_update({delivery.line for delivery in due})
        _, freed = self._lending.settle([delivery.id for delivery in due])
        self._submit_all(due)
        self._submit_all(freed)
        return len(due)

    def lend(self, deliveries: Sequence[Delivery]) -> None:
        """Leave deliveries just committed to somebody who settles them within the hold's time."""
        self._lending.lend(deliveries)

    def is_lent(self, delivery_id: int) -> bool:
        """Whether a delivery is in somebody else's hands."""
        return delivery_id in self._lending

    async def confirm(self, delivery_ids: Sequence[int]) -> None:
        """Note that these were brought across by whom they were lent to."""
        self._noting.add(delivery_ids, ANSWERED)
        self._settled.extend(delivery_ids)
        returned, freed = self._lending.settle(delivery_ids)
        self._counters.deliveries_sent += len(returned)
        self._submit_all(freed)
        await self._noting.finish(delivery_ids)

    def hand_back(self, delivery_ids: Sequence[int]) -> None:
        """Send what was lent."""
        returned, freed = self._lending.settle(delivery_ids)
        self._submit_all(returned)
        self._submit_all(freed)

    async def release(self, conversation_id: str) -> int:
        """Send what is held of a conversation; return how much."""
        count = await self._deliveries.release(conversation_id, at=self._clock.now())
        if count:
            await self.send_due()
        return count

    async def send_again(self, delivery_id: int) -> bool:
        """Send what was given up; False if it was not given up."""
        if not await self._deliveries.send_again(delivery_id, at=self._clock.now()):
            return False
        if self._senders:
            await self.send_due()
        return True

    async def idle(self) -> None:
        """Wait until every delivery in hand was sent or failed, and that is noted if it can be."""
        await self._lanes.idle()
        with contextlib.suppress(StorageError):  # it was logged, and is tried again
            await self._noting.finish()

    async def close(self) -> None:
        """Finish what is under way."""
        await self._lanes.close()
        with contextlib.suppress(StorageError):  # it was logged; the next start sends it again
            await self._noting.finish()

    def _submit_all(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            is_ready = delivery.line not in self._blocked
            if is_ready and not self._is_under_way(delivery.id):
                self._submit(delivery)

    def _submit(self, delivery: Delivery) -> None:
        if self._lending.keeps_back(delivery):
            return
        self._in_hand.add(delivery.id)
        self._lanes.submit("\n".join(delivery.line), lambda: self._attempt(delivery))

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            if delivery.line in self._blocked:
                return  # it stays pending, and is not claimed before the one that failed
            reply = reply_of(delivery.conversation_id, delivery.body)
            reference = await self._sender(delivery.channel).send(
                reply, delivery_id=delivery.id, recipient=await self._recipient(delivery)
            )
            self._settled.append(delivery.id)
            self._noting.add((delivery.id,), reference)
            self._counters.deliveries_sent += 1
        except StorageError:
            raise  # it was not sent: the claim runs out and it is looked at again
        except HeldBack as error:
            await self._hold_back(delivery, error)
        except Exception as error:  # noqa: BLE001 - a connector is foreign code
            await self._note_failure(delivery, error)
        finally:
            self._in_hand.discard(delivery.id)

    async def _recipient(self, delivery: Delivery) -> str:
        """Return whom the channel shall send to."""
        if delivery.recipient:
            return delivery.recipient
        conversation_id, prefix = delivery.conversation_id, f"{delivery.channel}-"
        if not conversation_id.startswith(prefix):
            for address in await self._addresses(conversation_id):
                if address.startswith(prefix):
                    return address.removeprefix(prefix)
        return conversation_id.removeprefix(prefix)

    async def _hold_back(self, delivery: Delivery, error: Exception) -> None:
        self._blocked.add(delivery.line)
        self._counters.deliveries_held += 1
        where = fields(conversation_id=delivery.conversation_id, channel=delivery.channel)
        log.info("reply held back: %s", error, extra=where)
        await self._deliveries.hold(delivery.id, error=str(error))

    def _is_under_way(self, delivery_id: int) -> bool:
        return delivery_id in self._in_hand or delivery_id in self._noting

    def _is_known(self, delivery_id: int) -> bool:
        return (
            delivery_id in self._in_hand
            or delivery_id in self._settled
            or delivery_id in self._lending
        )

    def _sender(self, channel: str) -> Sender:
        sender = self._senders.get(channel)
        if sender is None:
            raise ChannelError(f"channel {channel!r} is not connected")
        return sender

    async def _note_failure(self, delivery: Delivery, error: Exception) -> None:
        attempts = delivery.attempts + 1
        is_last = attempts >= _MAX_ATTEMPTS or isinstance(error, Refused)
        pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        retry_at = None if is_last else self._clock.now() + pause
        self._counters.delivery_failures += 1
        if is_last:
            self._counters.deliveries_given_up += 1
        else:
            self._blocked.add(delivery.line)
        log.warning(
            "reply not delivered",
            extra=fields(
                conversation_id=delivery.conversation_id,
                channel=delivery.channel,
                attempt=attempts,
                given_up=is_last,
                error=str(error),
            ),
        )
        await self._deliveries.mark_failed(
            delivery.id, error=str(error), retry_at=retry_at, at=self._clock.now()
        )
