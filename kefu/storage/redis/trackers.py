"""Conversations in Rasa's form and under Rasa's keys: a string for each, JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from kefu.storage.redis.link import RedisLink

__all__ = ["RedisTrackerCopies"]

_SCANNED: Final = 500
_SPECIAL: Final = str.maketrans({character: f"\\{character}" for character in "*?[]^\\-"})


class RedisTrackerCopies:
    """Keeps copies; see :class:`kefu.gateway.copying.Copies`."""

    def __init__(self, link: RedisLink, *, prefix: str, expires_in: int | None) -> None:
        """Use the keys that begin with ``prefix``."""
        self._link = link
        self._prefix = prefix
        self._expires_in = expires_in

    async def put(self, conversation_id: str, body: str) -> None:
        """Keep a conversation for as long as it is said to be kept."""
        expires = () if self._expires_in is None else ("EX", self._expires_in)
        await self._link.run("SET", self._prefix + conversation_id, body.encode(), *expires)

    async def get(self, conversation_id: str) -> str | None:
        """Return a conversation."""
        found: bytes | None = await self._link.run("GET", self._prefix + conversation_id)
        return None if found is None else found.decode("utf-8", "replace")

    async def known(self) -> AsyncIterator[str]:
        """Give all ids; one that changes meanwhile may come twice."""
        pattern = self._prefix.translate(_SPECIAL) + "*"
        cursor: bytes | int | str = 0
        while True:
            cursor, keys = await self._link.run("SCAN", cursor, "MATCH", pattern, "COUNT", _SCANNED)
            for key in keys:
                yield key.decode("utf-8", "replace").removeprefix(self._prefix)
            if int(cursor) == 0:
                return
