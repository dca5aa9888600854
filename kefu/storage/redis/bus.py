"""The live bus: Redis's pub/sub, one channel for all, one subscriber a process.

What is published within a moment goes together, and is one message for Redis and for every
subscriber. Only what nobody waits for is kept back for that moment, and only under load.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from redis.exceptions import RedisError

from kefu.gateway.coordination import CHANGED, LiveMessage
from kefu.logs import fields
from kefu.storage.redis.link import RedisLink

__all__ = ["RedisBus"]

log = logging.getLogger(__name__)

_LISTEN_SECONDS = 5.0
_SUBSCRIBE_SECONDS = 2.0
_PAUSE_SECONDS = 0.5
_GATHER_SECONDS = 0.02
_Message = tuple[str, str, str]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, list[_Message]]).decode


class RedisBus:
    """Carries messages; see :class:`kefu.gateway.coordination.LiveBus`."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._own = uuid.uuid4().hex[:12]
        self._channel = f"{link.prefix}live"
        self._hearing: list[Callable[[LiveMessage], None]] = []
        self._is_subscribed = False
        self._listening: asyncio.Task[None] | None = None
        self._gathered: list[_Message] = []
        self._sending: asyncio.Handle | None = None
        self._due = 0.0
        """Time of the event loop at which what is gathered is sent."""
        self._sent_at = 0.0
        self.received = 0

    @property
    def is_complete(self) -> bool:
        """Whether everything arrives here now that other processes publish."""
        return self._is_subscribed and self._link.is_up

    async def start(self) -> None:
        """Subscribe, and go on doing so whenever the connection is lost."""
        subscribed = asyncio.Event()
        self._listening = asyncio.get_running_loop().create_task(self._listen(subscribed))
        with suppress(TimeoutError):
            await asyncio.wait_for(subscribed.wait(), _SUBSCRIBE_SECONDS)

    async def close(self) -> None:
        """Send what is left, and unsubscribe."""
        self._send()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    def publish(self, message: LiveMessage) -> None:
        """Send ``message`` to all other processes; a change may wait for others for a moment."""
        self._gathered.append((message.conversation_id, message.kind, message.body))
        loop = asyncio.get_running_loop()
        due = loop.time()
        if message.kind == CHANGED:
            due = max(due, self._sent_at + _GATHER_SECONDS)
        if self._sending is not None:
            if self._due <= due:
                return
            self._sending.cancel()
        self._due = due
        self._sending = loop.call_at(due, self._send)

    def _send(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        if not self._gathered:
            return
        self._sent_at = asyncio.get_running_loop().time()
        body = _encode((self._own, self._gathered))
        self._gathered = []
        self._link.post("PUBLISH", self._channel, body)

    def subscribe(self, hear: Callable[[LiveMessage], None]) -> Callable[[], None]:
        """Call ``hear`` with what other processes publish."""
        self._hearing.append(hear)
        return lambda: self._hearing.remove(hear)

    async def _listen(self, subscribed: asyncio.Event) -> None:
        while True:
            pubsub: Any = self._link.client.pubsub()
            try:
                await pubsub.subscribe(self._channel)
                while True:
                    raw = await pubsub.get_message(timeout=_LISTEN_SECONDS)
                    if raw is None:
                        await pubsub.ping()
                        continue
                    if raw["type"] == "subscribe":
                        self._is_subscribed = True
                        subscribed.set()
                    elif raw["type"] == "message":
                        self._hear(raw["data"])
            except (RedisError, OSError, TimeoutError) as error:
                self._is_subscribed = False
                self._link.lost(error)
            finally:
                with suppress(RedisError, OSError, TimeoutError):
                    await pubsub.aclose()
            await asyncio.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))

    def _hear(self, raw: Any) -> None:
        try:
            sender, messages = _decode(raw)
        except msgspec.DecodeError as error:
            log.warning("something foreign is on the bus", extra=fields(error=str(error)))
            return
        if sender == self._own:
            return
        self.received += len(messages)
        for conversation_id, kind, body in messages:
            message = LiveMessage(conversation_id=conversation_id, kind=kind, body=body)
            for hear in tuple(self._hearing):
                hear(message)
