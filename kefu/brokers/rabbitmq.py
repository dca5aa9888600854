"""Events to RabbitMQ: durable, persistent, each confirmed by the broker."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError, ChannelPreconditionFailed

from kefu.errors import BrokerError
from kefu.gateway.feeding import Publication
from kefu.logs import shown_url

__all__ = ["RabbitPublisher"]

_LONGEST_ID = 255
"""Bytes."""
_CONNECT_SECONDS = 10.0


class RabbitPublisher:
    """Publishes to a fan-out exchange that the queues are bound to, as Rasa's does."""

    def __init__(self, url: str, *, queues: Sequence[str], exchange: str) -> None:
        """Connect with the first event.

        Args:
            url: ``amqp://user:password@host:port/vhost`` or ``amqps://…``.
            queues: Made durable and bound to the exchange.
            exchange: Made when there is none, and durable; one that is there is used as it is.
        """
        self._url = url
        self._queues = tuple(queues)
        self._exchange_name = exchange
        self._connection: AbstractConnection | None = None
        self._exchange: AbstractExchange | None = None

    async def publish(self, publications: Sequence[Publication]) -> int:
        """Publish events; those of a conversation one after the other."""
        grouped: dict[str, list[Publication]] = {}
        for publication in publications:
            grouped.setdefault(publication.key, []).append(publication)
        try:
            exchange = await self._connected()
            async with asyncio.TaskGroup() as group:
                for together in grouped.values():
                    group.create_task(_publish(exchange, together))
        except (AMQPError, OSError, TimeoutError, RuntimeError) as error:
            await self.close()
            raise BrokerError(f"RabbitMQ {shown_url(self._url)}: {error!r}") from error
        except BaseExceptionGroup as errors:
            await self.close()
            raise BrokerError(f"RabbitMQ {shown_url(self._url)}: {errors.exceptions[0]!r}") from (
                errors
            )
        except asyncio.CancelledError:
            await self.close()  # what was under way must not arrive behind what comes next
            raise
        return 0

    async def close(self) -> None:
        """Disconnect."""
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is not None:
            try:
                await connection.close()
            except (AMQPError, OSError, RuntimeError):
                return  # it is gone anyway

    async def _connected(self) -> AbstractExchange:
        if self._exchange is not None and self._connection and not self._connection.is_closed:
            return self._exchange
        await self.close()
        self._connection = await aio_pika.connect(self._url, timeout=_CONNECT_SECONDS)
        channel = await _channel(self._connection)
        try:
            exchange = await channel.declare_exchange(
                self._exchange_name, aio_pika.ExchangeType.FANOUT, durable=True
            )
        except ChannelPreconditionFailed:
            # There is one already, made by Rasa, whose exchanges are not durable: it is used.
            channel = await _channel(self._connection)
            exchange = await channel.declare_exchange(self._exchange_name, passive=True)
        for name in self._queues:
            queue = await channel.declare_queue(name, durable=True)
            await queue.bind(exchange)
        self._exchange = exchange
        return exchange


async def _channel(connection: AbstractConnection) -> AbstractChannel:
    return await connection.channel(publisher_confirms=True, on_return_raises=True)


async def _publish(exchange: AbstractExchange, publications: Sequence[Publication]) -> None:
    for publication in publications:
        await exchange.publish(_message(publication), routing_key="")


def _message(publication: Publication) -> Any:
    return aio_pika.Message(
        publication.body.encode(),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        headers={"sender_id": publication.key, **publication.headers},
        message_id=_message_id(publication),
    )


def _message_id(publication: Publication) -> str | None:
    """Return the id by which consumers tell repeats: its digest where AMQP has no room for it."""
    whole = publication.id.encode("utf-8", "replace")
    if len(whole) > _LONGEST_ID:
        return hashlib.sha256(whole).hexdigest()
    return publication.id or None
