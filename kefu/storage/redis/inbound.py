"""The queue for peaks in Redis: a stream for each partition, with a consumer group."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.exceptions import RedisError, ResponseError

from kefu.errors import Unavailable
from kefu.gateway.inbound import Queued
from kefu.storage.redis.link import RedisLink

__all__ = ["RedisInboundQueue"]

_GROUP: Final = "kefu"
_CLAIMED: Final = 200

# Nothing is ever trimmed: a queue that is full refuses.
_PUT: Final = """
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return false end
return redis.call('XADD', KEYS[1], '*', 'body', ARGV[2])
"""
_DONE: Final = """
for n = 2, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[n])
  redis.call('XDEL', KEYS[1], ARGV[n])
end
return 1
"""
_SET_ASIDE: Final = """
redis.call('XADD', KEYS[2], '*', 'body', ARGV[3], 'reason', ARGV[4])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
"""


class RedisInboundQueue:
    """Keeps messages; see :class:`kefu.gateway.inbound.InboundQueue`."""

    def __init__(self, link: RedisLink, *, name: str, partitions: int, max_length: int) -> None:
        """Use the streams ``{name}:0`` and so on; those set aside are in ``{name}:aside``.

        Args:
            link: To Redis; ``link.prefix`` comes before the names.
            name: Of the queue.
            partitions: How many streams it has.
            max_length: Messages that it takes in all, the same number in each stream.
        """
        self._link = link
        self._name = f"{link.prefix}{{{name}}}"
        self._partitions = partitions
        self._limit = max(1, max_length // partitions)
        self._consumer = uuid.uuid4().hex

    async def put(self, partition: int, body: bytes) -> None:
        """Add a message."""
        added = await self._link.run("EVAL", _PUT, 1, self._key(partition), self._limit, body)
        if added is None:
            raise Unavailable(f"the inbound queue in {self._link.description} is full")

    @asynccontextmanager
    async def serving(self, partition: int) -> AsyncIterator[_Stream]:
        """Serve a stream, beginning with what others took and did not finish."""
        stream = _Stream(self._link, self._key(partition), self._aside, self._consumer)
        await stream.begin()
        yield stream

    async def counts(self) -> tuple[int, int]:
        """Return how many messages wait, and how many are set aside."""
        keys = [*(self._key(number) for number in range(self._partitions)), self._aside]
        *waiting, aside = await asyncio.gather(*(self._link.run("XLEN", key) for key in keys))
        return sum(waiting), aside

    async def close(self) -> None:
        """Disconnect."""
        await self._link.close()

    @property
    def _aside(self) -> str:
        return f"{self._name}:aside"

    def _key(self, partition: int) -> str:
        return f"{self._name}:{partition}"


class _Stream:
    """One partition; see :class:`kefu.gateway.inbound.Partition`."""

    def __init__(self, link: RedisLink, key: str, aside: str, consumer: str) -> None:
        self._link = link
        self._key = key
        self._aside = aside
        self._consumer = consumer
        self._before: list[Queued] = []

    async def begin(self) -> None:
        """Take over what was given to whoever served the stream before."""
        client = self._link.client
        try:
            try:
                await client.xgroup_create(self._key, _GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
            start: Any = "0-0"
            while start not in {b"0-0", "0-0"} or not self._before:
                start, entries, *_ = await client.xautoclaim(
                    self._key, _GROUP, self._consumer, 0, start_id=start, count=_CLAIMED
                )
                self._before += map(_queued, entries)
                if start in {b"0-0", "0-0"}:
                    break
        except (RedisError, OSError, TimeoutError) as error:
            raise self._lost(error) from error

    async def take(self, *, limit: int, seconds: float) -> Sequence[Queued]:
        """Return the next messages."""
        if self._before:
            taken, self._before = self._before[:limit], self._before[limit:]
            return taken
        try:
            found: Any = await self._link.client.xreadgroup(
                _GROUP, self._consumer, {self._key: ">"}, count=limit, block=int(seconds * 1000)
            )
        except (RedisError, OSError, TimeoutError) as error:
            raise self._lost(error) from error
        return [_queued(entry) for _, entries in found or () for entry in entries]

    async def done(self, queued: Sequence[Queued]) -> None:
        """Remove messages."""
        ids = [one.id for one in queued]
        await self._link.run("EVAL", _DONE, 1, self._key, _GROUP, *ids)

    async def set_aside(self, queued: Queued, reason: str) -> None:
        """Move a message to the stream of those set aside."""
        keys = (self._key, self._aside)
        await self._link.run("EVAL", _SET_ASIDE, 2, *keys, _GROUP, queued.id, queued.body, reason)

    def _lost(self, error: Exception) -> Unavailable:
        return Unavailable(f"{self._link.description} does not answer: {error}")


def _queued(entry: Any) -> Queued:
    number, values = entry
    return Queued(id=number, body=values.get(b"body", b""))
