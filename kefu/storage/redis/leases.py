"""Leases in Redis. Every operation is one script, so that none is done by halves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kefu.core.leases import Lease, Renewal
from kefu.storage.redis.link import RedisLink

__all__ = ["RedisLeases"]

_REMEMBERED_SECONDS: Final = 86_400
"""How long the last token of a name is kept; later ones begin at the time in microseconds."""

_AT_ONCE: Final = 1_000
"""Leases of one script: Redis does nothing else while one runs."""

# The first key holds the lease's token, with a mark behind it when somebody has tried in vain.
# The second one holds the name's last token, with an r before it once that was given back.
_ACQUIRE: Final = """
local kept = redis.call('GET', KEYS[1])
if kept then
  if string.sub(kept, -1) ~= '!' then redis.call('APPEND', KEYS[1], '!') end
  return false
end
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
local found = {}
for n, key in ipairs(KEYS) do
  local kept, token = redis.call('GET', key), ARGV[n + 1]
  found[n] = kept == token and 1 or kept == token .. '!' and 2 or 0
  if found[n] > 0 then redis.call('PEXPIRE', key, ARGV[1]) end
end
return found
"""
_RELEASE: Final = """
for n = 1, #KEYS, 2 do
  local kept, token = redis.call('GET', KEYS[n]), ARGV[(n + 3) / 2]
  if kept == token or kept == token .. '!' then
    redis.call('DEL', KEYS[n])
    redis.call('SET', KEYS[n + 1], 'r' .. token, 'EX', ARGV[1])
  end
end
"""
_RENEWALS: Final[tuple[Renewal, ...]] = ("lost", "kept", "wanted")


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
        return (await self.renew_all([lease], seconds=seconds))[0] != "lost"

    async def renew_all(self, leases: Sequence[Lease], *, seconds: float) -> Sequence[Renewal]:
        """Renew several, a thousand with one command."""
        span = round(seconds * 1000)
        found: list[Renewal] = []
        for some in _portions(leases):
            keys = [self._keys(lease.name)[0] for lease in some]
            tokens = [lease.token for lease in some]
            answers = await self._link.run("EVAL", _RENEW, len(keys), *keys, span, *tokens)
            found += [_RENEWALS[answer] for answer in answers]
        return found

    async def release(self, lease: Lease) -> None:
        """Give a lease back."""
        await self.release_all([lease])

    async def release_all(self, leases: Sequence[Lease]) -> None:
        """Give several back, a thousand with one command."""
        for some in _portions(leases):
            keys = [key for lease in some for key in self._keys(lease.name)]
            tokens = [lease.token for lease in some]
            await self._link.run("EVAL", _RELEASE, len(keys), *keys, _REMEMBERED_SECONDS, *tokens)

    def _keys(self, name: str) -> tuple[str, str]:
        """Return the two keys of a name."""
        return f"{self._link.prefix}lease:{{{name}}}", f"{self._link.prefix}token:{{{name}}}"


def _portions(leases: Sequence[Lease]) -> Iterator[Sequence[Lease]]:
    for begin in range(0, len(leases), _AT_ONCE):
        yield leases[begin : begin + _AT_ONCE]
