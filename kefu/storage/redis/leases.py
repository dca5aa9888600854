"""Leases in Redis. Every operation is one script, so that none is done by halves."""

from __future__ import annotations

from typing import Final

from kefu.core.leases import Lease
from kefu.storage.redis.link import RedisLink

__all__ = ["RedisLeases"]

_REMEMBERED_SECONDS: Final = 86_400
"""How long the last token of a name is kept; later ones begin at the time in microseconds."""

# The second key holds the name's last token, with an r before it once that was given back.
_ACQUIRE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local last = redis.call('GET', KEYS[2]) or '0'
local previous = '0'
if string.sub(last, 1, 1) == 'r' then last = string.sub(last, 2); previous = last end
local time = redis.call('TIME')
local token = math.max(tonumber(last) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', token)
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
redis.call('SET', KEYS[2], text, 'EX', ARGV[2])
return {text, previous}
"""
_RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], 'r' .. ARGV[1], 'EX', ARGV[2])
return 1
"""


class RedisLeases:
    """Keeps leases; see :class:`kefu.core.leases.Leases`."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def acquire(self, name: str, *, seconds: float) -> Lease | None:
        """Return a lease, or None if somebody else has it."""
        span = round(seconds * 1000)
        keys = self._keys(name)
        found = await self._link.run("EVAL", _ACQUIRE, 2, *keys, span, _REMEMBERED_SECONDS)
        if found is None:
            return None
        return Lease(name=name, token=int(found[0]), previous=int(found[1]))

    async def renew(self, lease: Lease, *, seconds: float) -> bool:
        """Let a lease last longer, unless it is lost."""
        key, _ = self._keys(lease.name)
        span = round(seconds * 1000)
        return bool(await self._link.run("EVAL", _RENEW, 1, key, lease.token, span))

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        keys = self._keys(lease.name)
        await self._link.run("EVAL", _RELEASE, 2, *keys, lease.token, _REMEMBERED_SECONDS)

    def _keys(self, name: str) -> tuple[str, str]:
        """Return the two keys of a name; the braces keep them on one node of a cluster."""
        return f"{self._link.prefix}lease:{{{name}}}", f"{self._link.prefix}token:{{{name}}}"
