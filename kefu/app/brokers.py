"""Wires the event broker and the inbound queue that endpoints.yml names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kefu.app.background import Background
from kefu.app.settings import AppSettings
from kefu.core.leases import Leases
from kefu.errors import BrokerError
from kefu.gateway.feeding import EVENT_BROKER, Feeding
from kefu.gateway.gateway import Gateway
from kefu.gateway.inbound import Inbound
from kefu.project.settings import InboundQueueSettings
from kefu.storage.opened import Storage

__all__ = ["feeding_broker", "queueing"]


@asynccontextmanager
async def feeding_broker(
    settings: AppSettings, storage: Storage, background: Background
) -> AsyncIterator[Feeding | None]:
    """Feed the event broker in the background, if there is one; stop at the end.

    Raises:
        BrokerError: A package that it needs is missing.
    """
    broker = settings.endpoints.event_broker
    if broker is None:
        yield None
        return
    from kefu.brokers.opening import open_publisher

    publisher = open_publisher(broker, settings.root)
    feeding = Feeding(storage.unfed, publisher, storage.leases, feed=EVENT_BROKER)
    task = background.keep_going("event broker", feeding.run)
    try:
        yield feeding
    finally:
        task.cancel()
        await asyncio.wait([task])
        await publisher.close()


@asynccontextmanager
async def queueing(
    settings: AppSettings, gateway: Gateway, leases: Leases, background: Background
) -> AsyncIterator[Inbound | None]:
    """Let messages go through the queue for peaks, if there is one; stop at the end.

    Raises:
        BrokerError: A package that it needs is missing.
    """
    wanted = settings.endpoints.inbound_queue
    if wanted is None:
        yield None
        return
    queue = _inbound_queue(wanted)
    inbound = Inbound(
        queue,
        leases,
        name=wanted.name,
        partitions=wanted.partitions,
        take_in=gateway.take_queued,
    )
    task = background.keep_going("inbound queue", inbound.run)
    gateway.inbound = inbound
    try:
        yield inbound
    finally:
        task.cancel()
        await asyncio.wait([task])
        await queue.close()


def _inbound_queue(wanted: InboundQueueSettings) -> Any:
    if wanted.kind == "redis":
        from kefu.storage.redis.inbound import RedisInboundQueue
        from kefu.storage.redis.link import RedisLink

        return RedisInboundQueue(
            RedisLink(wanted.url),
            name=wanted.name,
            partitions=wanted.partitions,
            max_length=wanted.max_length,
        )
    try:
        from kefu.brokers.rabbitmq_queue import RabbitInboundQueue
    except ModuleNotFoundError as error:
        raise BrokerError(
            "the inbound queue of type rabbitmq needs the package aio-pika: "
            "pip install 'kefu[rabbitmq]'"
        ) from error
    return RabbitInboundQueue(
        wanted.url,
        name=wanted.name,
        partitions=wanted.partitions,
        max_length=wanted.max_length,
    )
