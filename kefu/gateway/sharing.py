"""What goes on in a gateway beside its turns when other processes serve the same conversations."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from typing import NoReturn

import msgspec

from kefu.core.signals import Signal
from kefu.errors import StorageError
from kefu.gateway.coordination import CHANGED, SIGNAL, Coordination, LiveMessage
from kefu.gateway.following import Following
from kefu.gateway.ports import Conversations
from kefu.logs import fields

__all__ = ["VISITOR", "Sharing"]

log = logging.getLogger(__name__)

VISITOR = "visitor"
"""Kind of presence of a conversation that somebody watches."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Signal).decode

_LOOK_SECONDS = 0.5
_PRESENCE_SECONDS = 20.0
_OVERLAP = 500
"""Entries looked at again: on some databases they do not become visible in order."""


class Sharing:
    """Brings what other processes committed to those who watch here.

    The bus brings it at once. While it does not, the end of the log is looked at twice a second:
    that costs the same however many watch.
    """

    def __init__(
        self, shared: Coordination, conversations: Conversations, following: Following
    ) -> None:
        self._shared = shared
        self._conversations = conversations
        self._following = following
        self._seen: deque[int] = deque(maxlen=2 * _OVERLAP)
        self._position: int | None = None
        self._was_complete = shared.bus.is_complete
        self._next_presence = 0.0
        self.visitors = 0
        """How many conversations were watched, on all processes, when last counted."""
        self._stop: Callable[[], None] = shared.bus.subscribe(self._hear)

    def publish_commit(self, conversation_id: str) -> None:
        """Tell the other processes of a commit."""
        self._shared.bus.publish(LiveMessage(conversation_id=conversation_id, kind=CHANGED))

    def publish_signal(self, conversation_id: str, signal: Signal) -> None:
        """Tell the other processes what happens just now."""
        body = _encode(signal).decode()
        message = LiveMessage(conversation_id=conversation_id, kind=SIGNAL, body=body)
        self._shared.bus.publish(message)

    async def run(self) -> NoReturn:
        """See to it that nobody misses anything for long, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS * random.uniform(0.7, 1.3))
            try:
                await self.look()
            except StorageError as error:
                log.info("could not look at what others did", extra=fields(error=str(error)))

    async def look(self) -> None:
        """Hint at what the bus may not have brought, and say who is connected here."""
        is_complete = self._shared.bus.is_complete
        if is_complete != self._was_complete:
            self._was_complete = is_complete
            self._position = None
            self._following.hint_all()
        if not is_complete:
            await self._read_tail()
        now = asyncio.get_running_loop().time()
        if now >= self._next_presence:
            self._next_presence = now + _PRESENCE_SECONDS
            await self._keep_presence()

    def close(self) -> None:
        """Hear no more of others."""
        self._stop()

    def _hear(self, message: LiveMessage) -> None:
        if message.kind == CHANGED:
            self._following.hint(message.conversation_id)
        elif message.kind == SIGNAL:
            self._following.signal(message.conversation_id, _decode(message.body))

    async def _read_tail(self) -> None:
        if self._position is None:
            self._position = await self._conversations.end()
        after = self._position - _OVERLAP
        for position, conversation_id in await self._conversations.tail(after=after):
            self._position = max(self._position, position)
            if position not in self._seen:
                self._seen.append(position)
                self._following.hint(conversation_id)

    async def _keep_presence(self) -> None:
        presence = self._shared.presence
        watched = self._following.watched
        if watched:
            await presence.keep(VISITOR, watched, seconds=3 * _PRESENCE_SECONDS)
        self.visitors = await presence.count(VISITOR)
