"""Wires the event broker and the inbound queue that endpoints.yml names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kefu.app.background import Background
from kefu.app.settings import AppSettings
from kefu.gateway.feeding import EVENT_BROKER, Feeding
from kefu.storage.opened import Storage

__all__ = ["feeding_broker"]


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
