"""The hot cache of conversation states.

A conversation is a hash (where it stands, its snapshot) and a sorted set of the entries of its log
by ``seq``. A commit adds its own entries only; nothing is encoded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kefu.errors import StorageError
from kefu.gateway.records import Head, LogEntry, Snapshot, StoredConversation
from kefu.storage.redis.link import RedisLink

__all__ = ["RedisCache"]

_KEPT_SECONDS = 3_600
_HEAD = ("version", "owner", "channel", "last_seq", "last_message_seq", "answered_seq")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode

# Of the hash: v version, h head, b "all entries behind this seq are here", s snapshot,
# w present when together with the snapshot that is the whole conversation.
_GET: Final = """
local kept = redis.call('HMGET', KEYS[1], 'h', 'b', 's', 'w')
if not kept[1] then return false end
if ARGV[1] == '' then
  if not kept[4] then return false end
  return {kept[1], kept[3], redis.call('ZRANGE', KEYS[2], 0, -1)}
end
if tonumber(kept[2]) > tonumber(ARGV[1]) then return false end
return {kept[1], false, redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf')}
"""
_PUT: Final = """
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'h', ARGV[3], 'b', ARGV[4], 'w', '1')
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 's', ARGV[5]) end
for i = 6, #ARGV, 2 do redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[1])
"""
_APPEND: Final = """
if ARGV[6] == '1' or redis.call('HGET', KEYS[1], 'v') ~= ARGV[4] then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'b', ARGV[5])
  if ARGV[4] == '0' then redis.call('HSET', KEYS[1], 'w', '1') end
end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'h', ARGV[3])
for i = 7, #ARGV, 2 do redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[1])
"""


class RedisCache:
    """Keeps states; see :class:`kefu.gateway.coordination.StateCache`."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def get(
        self, conversation_id: str, *, after: int | None = None
    ) -> StoredConversation | None:
        """Return what a turn needs, or what came behind ``after``."""
        keys = self._keys(conversation_id)
        try:
            found = await self._link.run("EVAL", _GET, 2, *keys, "" if after is None else after)
        except StorageError:
            return None
        if found is None:
            return None
        head, snapshot, rows = found
        return StoredConversation(
            head=Head(**dict(zip(_HEAD, _decode(head), strict=True))),
            snapshot=None if snapshot is None else _snapshot_of(_decode(snapshot)),
            entries=tuple(_entry_of(_decode(row)) for row in rows),
        )

    def put(self, conversation_id: str, stored: StoredConversation) -> None:
        """Keep all of a conversation."""
        snapshot = stored.snapshot
        self._link.post(
            "EVAL",
            _PUT,
            2,
            *self._keys(conversation_id),
            _KEPT_SECONDS,
            stored.head.version,
            _head_row(stored.head),
            snapshot.seq if snapshot else 0,
            _encode((snapshot.seq, snapshot.body, snapshot.needs)) if snapshot else "",
            *_rows(stored.entries),
        )

    def append(
        self,
        conversation_id: str,
        head: Head,
        entries: Sequence[LogEntry],
        *,
        before: Head,
        begins_anew: bool,
    ) -> None:
        """Add what a commit added."""
        self._link.post(
            "EVAL",
            _APPEND,
            2,
            *self._keys(conversation_id),
            _KEPT_SECONDS,
            head.version,
            _head_row(head),
            before.version,
            before.last_seq,
            int(begins_anew),
            *_rows(entries),
        )

    def _keys(self, conversation_id: str) -> tuple[str, str]:
        prefix = self._link.prefix
        return f"{prefix}state:{{{conversation_id}}}", f"{prefix}entries:{{{conversation_id}}}"


def _head_row(head: Head) -> bytes:
    return _encode([getattr(head, name) for name in _HEAD])


def _rows(entries: Sequence[LogEntry]) -> list[Any]:
    rows: list[Any] = []
    for entry in entries:
        rows += (entry.seq, _encode((entry.seq, entry.kind, entry.timestamp, entry.body)))
    return rows


def _entry_of(row: Sequence[Any]) -> LogEntry:
    seq, kind, timestamp, body = row
    return LogEntry(seq=seq, kind=kind, timestamp=timestamp, body=body)


def _snapshot_of(row: Sequence[Any]) -> Snapshot:
    seq, body, needs = row
    return Snapshot(seq=seq, body=body, needs=tuple((first, last) for first, last in needs))
