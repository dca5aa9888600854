"""Puts the adapters to Redis together."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.storage.redis.bus import RedisBus
from kefu.storage.redis.cache import RedisCache
from kefu.storage.redis.leases import RedisLeases
from kefu.storage.redis.link import RedisLink
from kefu.storage.redis.presence import RedisPresence

__all__ = ["RedisCoordination", "open_redis"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisCoordination:
    """Everything of one Redis."""

    link: RedisLink
    leases: RedisLeases
    bus: RedisBus
    presence: RedisPresence
    cache: RedisCache

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        await self.bus.close()
        await self.link.close()


async def open_redis(url: str, *, prefix: str = "kefu:") -> RedisCoordination:
    """Connect to Redis; where it does not answer now, it is connected to when it does.

    Args:
        url: ``redis://user:password@host:port/db``, ``rediss://…`` or ``unix://path``.
        prefix: What all keys and channels begin with, where several bots share a server.

    Raises:
        StorageError: The URL cannot be understood.
    """
    link = RedisLink(url, prefix=prefix)
    bus = RedisBus(link)
    await bus.start()
    return RedisCoordination(
        link=link,
        leases=RedisLeases(link),
        bus=bus,
        presence=RedisPresence(link),
        cache=RedisCache(link),
    )
