"""How this process gets along with others: through Redis, or through the database."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kefu.app.settings import AppSettings
from kefu.core.leases import Leases
from kefu.gateway.coordination import Coordination
from kefu.project.settings import MEMORY
from kefu.storage.opened import Storage

__all__ = ["GettingAlong", "getting_along"]

log = logging.getLogger(__name__)


def _nothing() -> dict[str, float]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class GettingAlong:
    """What the parts of an app use to get along with other processes."""

    leases: Leases
    shared: Coordination | None = None
    """None: this process is alone."""
    description: str = "one process"
    measurements: Callable[[], dict[str, float]] = field(default=_nothing)


@asynccontextmanager
async def getting_along(settings: AppSettings, storage: Storage) -> AsyncIterator[GettingAlong]:
    """Connect to what the settings name, and disconnect at the end."""
    endpoint = settings.endpoints.coordination
    url = settings.storage_url or settings.endpoints.storage_url
    if url == MEMORY or (endpoint is None and settings.workers == 1):
        yield GettingAlong(leases=storage.leases)
        return
    from kefu.storage.memory.bus import MemoryBus
    from kefu.storage.memory.presence import MemoryPresence

    if endpoint is None or endpoint.url is None:
        shared = Coordination(
            leases=storage.leases, bus=MemoryBus(is_complete=False), presence=MemoryPresence()
        )
        yield GettingAlong(leases=storage.leases, shared=shared, description="the database")
        return
    from kefu.storage.fallback import FallbackLeases
    from kefu.storage.redis import open_redis

    redis = await open_redis(endpoint.url, prefix=endpoint.prefix)
    leases = FallbackLeases(redis.leases, storage.leases)

    def measurements() -> dict[str, float]:
        return {
            "redis_up": float(redis.link.is_up),
            "redis_failures_total": float(redis.link.failures),
            "live_messages_received_total": float(redis.bus.received),
        }

    def on_change(changed: Callable[[], None]) -> None:
        redis.link.tell(lambda _is_up: changed())

    try:
        shared = Coordination(
            leases=leases,
            bus=redis.bus,
            cache=redis.cache,
            presence=redis.presence,
            on_change=on_change,
        )
        yield GettingAlong(
            leases=leases,
            shared=shared,
            description=redis.link.description,
            measurements=measurements,
        )
    finally:
        await redis.close()
