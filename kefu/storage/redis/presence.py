"""Who is connected: a sorted set a kind, scored by when its members' time ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from kefu.storage.redis.link import RedisLink

__all__ = ["RedisPresence"]

_CHUNK = 1_000
_UNUSED_SECONDS = 86_400

_KEEP: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
_READ: Final = """
local time = redis.call('TIME')
local now = string.format('(%.6f', time[1] + time[2] / 1000000)
if ARGV[1] == 'count' then return redis.call('ZCOUNT', KEYS[1], now, '+inf') end
return redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf', 'LIMIT', 0, ARGV[2])
"""
_IS_ONLINE: Final = """
local time = redis.call('TIME')
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) > time[1] + time[2] / 1000000 then return 1 end
return 0
"""


class RedisPresence:
    """Keeps who is connected; see :class:`kefu.gateway.coordination.Presence`."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def keep(self, kind: str, ids: Collection[str], *, seconds: float) -> None:
        """Count ``ids`` as connected for ``seconds`` from now."""
        names = list(ids)
        for begin in range(0, len(names), _CHUNK):
            chunk = names[begin : begin + _CHUNK]
            await self._link.run(
                "EVAL", _KEEP, 1, self._key(kind), seconds, _UNUSED_SECONDS, *chunk
            )

    async def leave(self, kind: str, name: str) -> None:
        """Count ``name`` no longer as connected."""
        await self._link.run("ZREM", self._key(kind), name)

    async def is_online(self, kind: str, name: str) -> bool:
        """Whether ``name`` is connected."""
        return bool(await self._link.run("EVAL", _IS_ONLINE, 1, self._key(kind), name))

    async def listed(self, kind: str, *, limit: int = 500) -> Sequence[str]:
        """Return who is connected."""
        found = await self._link.run("EVAL", _READ, 1, self._key(kind), "list", limit)
        return [name.decode() for name in found]

    async def count(self, kind: str) -> int:
        """Return how many are connected."""
        return int(await self._link.run("EVAL", _READ, 1, self._key(kind), "count", 0))

    def _key(self, kind: str) -> str:
        return f"{self._link.prefix}online:{kind}"
