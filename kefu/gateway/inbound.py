"""A queue before the log, for peaks: messages are taken as fast as the queue confirms them.

What is in the queue counts as received. It goes into the log by the same way as without a queue,
and only what is in the log leaves the queue; so a message may be brought again, and is recognised
as a repeat. Addresses are divided among partitions; one process at a time serves a partition, from
its first message that is not done, so that the messages of an address stay in order.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, Protocol

import msgspec

from kefu.core.leases import Lease, Leases
from kefu.core.messages import UserMessage
from kefu.errors import KefuError, StorageError, Unavailable
from kefu.gateway.receiving import Receipt
from kefu.gateway.rows import cleaned, message_of, write_message
from kefu.logs import fields

__all__ = ["Inbound", "InboundQueue", "Partition", "Queued"]

log = logging.getLogger(__name__)

_BATCH = 64
_LEASE_SECONDS = 6.0
"""As long a partition stands still whose process died. Should a slow one lose it with messages in
hand, two bring the same messages in the same order, and the log takes each once."""
_RENEW_SECONDS = 1.5
_TAKE_SECONDS = 0.4
_COUNT_SECONDS = 5.0
_SPREAD_SECONDS = 0.5
"""By so much a process that serves a partition waits longer for the next one, for others."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_MAX_REFUSALS = 5
"""A message that the database refuses, though it answers, so often is set aside."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(slots=True, kw_only=True)
class Queued:
    """A message that came out of the queue and is not done."""

    id: Any
    """What the queue knows it by."""
    body: bytes
    message: UserMessage | None = None
    refusals: int = 0


class Partition(Protocol):
    """One part of the queue, which this process serves."""

    async def take(self, *, limit: int, seconds: float) -> Sequence[Queued]:
        """Return the next messages, after at most ``seconds`` none.

        What was taken before, by whomever, and is not done comes first, in its order.

        Raises:
            Unavailable: The queue cannot be reached; it has to be served anew.
        """
        ...

    async def done(self, queued: Sequence[Queued]) -> None:
        """Let messages leave the queue."""
        ...

    async def set_aside(self, queued: Queued, reason: str) -> None:
        """Move a message to where people can look at it."""
        ...


class InboundQueue(Protocol):
    """Keeps messages until they are in the log."""

    async def put(self, partition: int, body: bytes) -> None:
        """Return when the queue has confirmed the message.

        Raises:
            Unavailable: It has not, or is full.
        """
        ...

    def serving(self, partition: int) -> AbstractAsyncContextManager[Partition]:
        """Serve a partition for the length of the block."""
        ...

    async def counts(self) -> tuple[int, int]:
        """Return how many messages wait, and how many are set aside."""
        ...


@dataclass(slots=True)
class _Counts:
    queued: int = 0
    taken: int = 0
    set_aside: int = 0
    failures: int = 0
    waiting: int = 0
    aside_now: int = 0
    serves: set[int] = field(default_factory=set)


class Inbound:
    """Puts messages into the queue, and brings them from there into the log."""

    def __init__(
        self,
        queue: InboundQueue,
        leases: Leases,
        *,
        name: str,
        partitions: int,
        take_in: Callable[[UserMessage], Awaitable[object]],
    ) -> None:
        """Put it together; :meth:`run` serves the queue.

        Args:
            queue: Where messages wait.
            leases: Decide which process serves a partition.
            name: Of the queue.
            partitions: How many parts it has.
            take_in: Brings a message into the log, or raises StorageError.
        """
        self._queue = queue
        self._leases = leases
        self._name = name
        self._partitions = partitions
        self._take_in = take_in
        self._counts = _Counts()

    def measurements(self) -> dict[str, float]:
        """Return figures for ``/metrics``."""
        counts = self._counts
        return {
            "inbound_queue_queued_total": counts.queued,
            "inbound_queue_taken_total": counts.taken,
            "inbound_queue_set_aside_total": counts.set_aside,
            "inbound_queue_failures_total": counts.failures,
            "inbound_queue_waiting": counts.waiting,
            "inbound_queue_aside": counts.aside_now,
            "inbound_queue_partitions_served": len(counts.serves),
        }

    async def put(self, message: UserMessage) -> Receipt:
        """Return when the queue has confirmed ``message``; its place in the log is not known yet.

        Raises:
            Unavailable: It has not; the sender shall try again later.
        """
        message = cleaned(message)
        if message.message_id is None:  # so that it is recognised when the queue brings it twice
            message = replace(message, message_id=uuid.uuid4().hex)
        body = _encode({"to": message.conversation_id, "message": write_message(message)})
        await self._queue.put(self.partition_of(message.conversation_id), body)
        self._counts.queued += 1
        return Receipt(conversation_id=message.conversation_id, seq=0, is_repeat=False)

    def partition_of(self, address: str) -> int:
        """Return the partition of an address."""
        return zlib.crc32(address.encode()) % self._partitions

    async def run(self) -> NoReturn:
        """Serve every partition that no other process serves, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for partition in range(self._partitions):
                group.create_task(self._serve(partition))
            group.create_task(self._count())
        raise AssertionError

    async def _serve(self, partition: int) -> NoReturn:
        pause = _FIRST_PAUSE
        while True:
            _end_if_cancelled()
            await asyncio.sleep(len(self._counts.serves) * _SPREAD_SECONDS * random.random())
            try:
                name = f"inbound:{self._name}:{partition}"
                lease = await self._leases.acquire(name, seconds=_LEASE_SECONDS)
                if lease is not None:
                    await self._serve_under(lease, partition)
                pause = _FIRST_PAUSE
            except StorageError as error:
                self._note_failure(partition, error)
            await asyncio.sleep((1.0 + pause) * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _serve_under(self, lease: Lease, partition: int) -> None:
        """Serve a partition until its lease is lost."""
        self._counts.serves.add(partition)
        now = asyncio.get_running_loop().time
        renewed = now()
        waiting: list[Queued] = []
        pause = _FIRST_PAUSE
        try:
            async with self._queue.serving(partition) as source:
                while True:
                    _end_if_cancelled()
                    if now() - renewed > _RENEW_SECONDS:
                        renewed = now()
                        if not await self._leases.renew(lease, seconds=_LEASE_SECONDS):
                            return
                    if not waiting:
                        waiting = list(await source.take(limit=_BATCH, seconds=_TAKE_SECONDS))
                    before = len(waiting)
                    waiting = await self._bring(source, waiting)
                    if waiting and len(waiting) == before:
                        await asyncio.sleep(pause * random.uniform(0.7, 1.3))
                        pause = min(2 * pause, _RENEW_SECONDS)
                    else:
                        pause = _FIRST_PAUSE
        finally:
            self._counts.serves.discard(partition)
            await self._leases.release(lease)

    async def _bring(self, source: Partition, batch: Sequence[Queued]) -> list[Queued]:
        """Bring messages into the log, each address's in order; return those that are not there."""
        by_address: dict[str, list[Queued]] = {}
        for queued in batch:
            if await self._is_readable(source, queued) and queued.message is not None:
                by_address.setdefault(queued.message.conversation_id, []).append(queued)
        done: set[int] = set()
        await asyncio.gather(*(self._in_order(source, own, done) for own in by_address.values()))
        arrived = [queued for queued in batch if id(queued) in done]
        if arrived:
            await source.done(arrived)
            self._counts.taken += len(arrived)
        aside = {id(queued) for queued in batch if queued.refusals >= _MAX_REFUSALS}
        return [queued for queued in batch if id(queued) not in done | aside]

    async def _in_order(
        self, source: Partition, messages: Sequence[Queued], done: set[int]
    ) -> None:
        """Bring the messages of one address into the log, up to the first that does not get in."""
        for queued in messages:
            assert queued.message is not None
            try:
                await self._take_in(queued.message)
            except Unavailable:
                return
            except KefuError as error:
                queued.refusals += 1 if isinstance(error, StorageError) else _MAX_REFUSALS
                if queued.refusals < _MAX_REFUSALS:
                    return
                await self._set_aside(source, queued, str(error))
            else:
                done.add(id(queued))

    async def _is_readable(self, source: Partition, queued: Queued) -> bool:
        """Decode a message; set it aside when that cannot be done."""
        if queued.message is not None:
            return True
        try:
            raw = _decode(queued.body)
            queued.message = message_of(raw["to"], raw["message"])
        except (KefuError, msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            queued.refusals = _MAX_REFUSALS
            await self._set_aside(source, queued, f"cannot be read: {error}")
            return False
        return True

    async def _set_aside(self, source: Partition, queued: Queued, reason: str) -> None:
        log.error("a message in the inbound queue is set aside", extra=fields(reason=reason))
        await source.set_aside(queued, reason)
        self._counts.set_aside += 1

    async def _count(self) -> NoReturn:
        while True:
            try:
                self._counts.waiting, self._counts.aside_now = await self._queue.counts()
            except StorageError as error:
                log.warning("the inbound queue does not answer", extra=fields(error=str(error)))
            await asyncio.sleep(_COUNT_SECONDS)

    def _note_failure(self, partition: int, error: StorageError) -> None:
        self._counts.failures += 1
        log.warning(
            "a partition of the inbound queue is served anew",
            extra=fields(partition=partition, error=str(error)),
        )


def _end_if_cancelled() -> None:
    """End a task whose cancellation got lost.

    Python 3.11's ``asyncio.wait_for``, which clients of queues use, drops a cancellation that comes
    in the moment in which what it waits for is done.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
