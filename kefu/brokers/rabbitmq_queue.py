"""The queue for peaks in RabbitMQ: a quorum queue for each partition, with one consumer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from kefu.errors import Unavailable
from kefu.gateway.inbound import Queued
from kefu.logs import shown_url

__all__ = ["RabbitInboundQueue"]

_CONNECT_SECONDS = 10.0
_CONFIRM_SECONDS = 5.0
_IN_HAND = 256
_FAILURES = (AMQPError, OSError, TimeoutError, RuntimeError)


class RabbitInboundQueue:
    """Keeps messages; see :class:`kefu.gateway.inbound.InboundQueue`."""

    def __init__(self, url: str, *, name: str, partitions: int, max_length: int) -> None:
        """Use the queues ``name.0`` and so on; those set aside are in ``name.aside``."""
        self._url = url
        self._name = name
        self._partitions = partitions
        self._limit = max(1, max_length // partitions)
        self._connecting = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def put(self, partition: int, body: bytes) -> None:
        """Add a message and wait for the confirmation."""
        try:
            channel = await self._connected()
            await channel.default_exchange.publish(
                _message(body), routing_key=f"{self._name}.{partition}", timeout=_CONFIRM_SECONDS
            )
        except _FAILURES as error:
            raise self._unavailable(error) from error

    @asynccontextmanager
    async def serving(self, partition: int) -> AsyncIterator[_Consumer]:
        """Serve a queue; what is not done at the end goes back to its place."""
        try:
            await self._connected()
            assert self._connection is not None
            channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            consumer = _Consumer(channel, self._name, partition, self._unavailable)
            await consumer.begin()
        except _FAILURES as error:
            raise self._unavailable(error) from error
        try:
            yield consumer
        finally:
            try:
                await channel.close()
            except _FAILURES:
                consumer.is_lost = True

    async def counts(self) -> tuple[int, int]:
        """Return how many messages wait that nobody has in hand, and how many are set aside."""
        try:
            channel = await self._connected()
            names = [f"{self._name}.{number}" for number in range(self._partitions)]
            *waiting, aside = [
                (await channel.declare_queue(name, passive=True)).declaration_result.message_count
                for name in (*names, f"{self._name}.aside")
            ]
        except _FAILURES as error:
            raise self._unavailable(error) from error
        return sum(count or 0 for count in waiting), aside or 0

    async def close(self) -> None:
        """Disconnect."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            try:
                await connection.close()
            except _FAILURES:
                return  # it is gone anyway

    async def _connected(self) -> AbstractChannel:
        async with self._connecting:
            channel = self._channel
            if channel is not None and not channel.is_closed:
                return channel
            if self._connection is None or self._connection.is_closed:
                self._connection = await aio_pika.connect(self._url, timeout=_CONNECT_SECONDS)
            channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            await self._declare(channel)
            self._channel = channel
            return channel

    async def _declare(self, channel: AbstractChannel) -> None:
        aside = f"{self._name}.aside"
        await channel.declare_queue(aside, durable=True, arguments={"x-queue-type": "quorum"})
        for number in range(self._partitions):
            await channel.declare_queue(
                f"{self._name}.{number}",
                durable=True,
                arguments={
                    "x-queue-type": "quorum",
                    "x-single-active-consumer": True,
                    "x-max-length": self._limit,
                    "x-overflow": "reject-publish",
                    "x-dead-letter-exchange": "",
                    "x-dead-letter-routing-key": aside,
                },
            )

    def _unavailable(self, error: BaseException) -> Unavailable:
        return Unavailable(
            f"the inbound queue in RabbitMQ {shown_url(self._url)} did not confirm: {error!r}"
        )


class _Consumer:
    """One partition; see :class:`kefu.gateway.inbound.Partition`."""

    def __init__(self, channel: AbstractChannel, name: str, partition: int, lost: Any) -> None:
        self._channel = channel
        self._name = name
        self._partition = partition
        self._lost = lost
        self._arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self.is_lost = False

    async def begin(self) -> None:
        """Ask for messages; they come when no other process has the queue."""
        await self._channel.set_qos(prefetch_count=_IN_HAND)
        queue = await self._channel.get_queue(f"{self._name}.{self._partition}")
        await queue.consume(self._arrived.put)

    async def take(self, *, limit: int, seconds: float) -> Sequence[Queued]:
        """Return the next messages."""
        if self._channel.is_closed:
            raise self._lost(ConnectionError("the connection is closed"))
        found: list[AbstractIncomingMessage] = []
        try:
            async with asyncio.timeout(seconds):
                found.append(await self._arrived.get())
        except TimeoutError:
            return []
        while len(found) < limit and not self._arrived.empty():
            found.append(self._arrived.get_nowait())
        return [Queued(id=message, body=message.body) for message in found]

    async def done(self, queued: Sequence[Queued]) -> None:
        """Remove messages."""
        try:
            for one in queued:
                await one.id.ack()
        except _FAILURES as error:
            raise self._lost(error) from error

    async def set_aside(self, queued: Queued, reason: str) -> None:
        """Move a message to the queue of those set aside."""
        try:
            await self._channel.default_exchange.publish(
                _message(queued.body, reason=reason), routing_key=f"{self._name}.aside"
            )
            await queued.id.ack()
        except _FAILURES as error:
            raise self._lost(error) from error


def _message(body: bytes, **headers: str) -> Any:
    return aio_pika.Message(
        body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT, headers=dict(headers)
    )
