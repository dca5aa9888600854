"""A connection of Engine.IO: a queue of packets that a client fetches, or gets by a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import accumulate
from typing import Any, Final

import msgspec

from kefu.channels.base import WebSocket
from kefu.channels.socketio.packets import (
    CLOSE,
    MESSAGE,
    NOOP,
    OPEN,
    PING,
    PONG,
    UPGRADE,
    decode_payload,
    encode_payload,
)
from kefu.errors import ChannelError

__all__ = ["MAX_PAYLOAD", "PING_SECONDS", "SILENT_SECONDS", "Line"]

PING_SECONDS: Final = 25.0
SILENT_SECONDS: Final = PING_SECONDS + 20.0
"""Who said nothing for so long is gone."""
MAX_PAYLOAD: Final = 100_000
"""Bytes of a packet, or of a body, that are taken."""
_MOST_QUEUED: Final = 2_000
_MOST_FETCHED: Final = 1_000_000
"""Characters of the answer to a poll, unless one packet alone is longer; the rest comes next."""
_POLL_SECONDS: Final = SILENT_SECONDS
_GOING_AWAY: Final = 1001
_PROBE: Final = "probe"

Heard = Callable[[str], Awaitable[None]]
"""Takes what a message carries."""


class Line:
    """One client's connection, however it comes.

    Attributes:
        sid: Its name.
        heard_at: When the client said something last.
        pinged_at: When it was asked for a sign of life last.
    """

    def __init__(self, sid: str, version: int, now: Callable[[], float]) -> None:
        """Open a line called ``sid`` for a client of Engine.IO ``version``."""
        self.sid = sid
        self.version = version
        self.heard: Heard | None = None
        self._now = now
        self.heard_at = self.pinged_at = now()
        self._queue: list[str] = []
        self._news = asyncio.Event()
        self._is_polled = False
        self._socket: WebSocket | None = None
        self._is_upgrading = False
        self.is_closed = False
        self._writing = asyncio.Lock()

    def opening(self, *, is_socket: bool) -> str:
        """Return the first packet, which tells the client how to go on."""
        said: dict[str, Any] = {
            "sid": self.sid,
            "upgrades": [] if is_socket else ["websocket"],
            "pingInterval": int(PING_SECONDS * 1000),
            "pingTimeout": int((SILENT_SECONDS - PING_SECONDS) * 1000),
            "maxPayload": MAX_PAYLOAD,
        }
        return OPEN + msgspec.json.encode(said).decode()

    def opened(self) -> str:
        """Return the answer of the request that opened it by a poll."""
        waiting, self._queue = self._queue, []
        return encode_payload([self.opening(is_socket=False), *waiting], self.version)

    # -- sending ---------------------------------------------------------------------------

    async def send(self, *packets: str) -> bool:
        """Send packets; False when the connection is gone."""
        if self.is_closed:
            return False
        self._queue += packets
        if len(self._queue) > _MOST_QUEUED:
            await self.close()  # somebody who reads nothing
            return False
        self._news.set()
        if self._socket is not None:
            await self._flush(self._socket)
        return not self.is_closed

    async def _flush(self, socket: WebSocket) -> None:
        async with self._writing:
            waiting, self._queue = self._queue, []
            if waiting and not await socket.send(*waiting):
                self.is_closed = True

    # -- polls -----------------------------------------------------------------------------

    async def fetch(self) -> str:
        """Return the packets that wait, having waited for one.

        Raises:
            ChannelError: Somebody else waits for them, or they go by WebSocket.
        """
        if self._is_polled or self._socket is not None:
            raise ChannelError("there is another connection of this session")
        self._is_polled = True
        self.heard_at = self._now()
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                while not self._queue and not self.is_closed and not self._is_upgrading:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        finally:
            self._is_polled = False
        # Once a WebSocket was probed, packets wait for it: the client might have left the poll.
        waiting: list[str] = []
        if not self._is_upgrading:
            waiting = self._next()
        if not waiting:
            waiting = [CLOSE if self.is_closed else NOOP]
        return encode_payload(waiting, self.version)

    def _next(self) -> list[str]:
        """Take the next packets from the queue, as many as one answer has room for."""
        sums = accumulate(map(len, self._queue))
        count = max(1, sum(1 for length in sums if length <= _MOST_FETCHED))
        waiting, self._queue = self._queue[:count], self._queue[count:]
        return waiting

    async def take(self, body: bytes) -> None:
        """Take packets that were posted.

        Raises:
            ChannelError: They are none.
        """
        for packet in decode_payload(body, self.version):
            await self._hear(packet)

    # -- WebSockets ------------------------------------------------------------------------

    async def serve(self, socket: WebSocket, *, is_first: bool) -> None:
        """Serve a WebSocket until it is gone: the connection itself, or one that it changes to.

        Raises:
            ChannelError: What came is no packet.
        """
        if is_first:
            self._socket = socket
            await socket.send(self.opening(is_socket=True))
            await self._flush(socket)
        elif not await self._upgraded(socket):
            return
        try:
            while not self.is_closed and (data := await socket.receive()) is not None:
                if not isinstance(data, str) or len(data) > MAX_PAYLOAD:
                    raise ChannelError("binary or too long packets are not taken")
                await self._hear(data)
        finally:  # also when the server gives the connection up
            self.is_closed = True

    async def _upgraded(self, socket: WebSocket) -> bool:
        """Let a WebSocket take the place of polls, as the client wishes; False: it does not."""
        if self._socket is not None or await socket.receive() != PING + _PROBE:
            return False
        self._is_upgrading = True
        self._news.set()  # whoever polls is sent away, so that the client may change
        await socket.send(PONG + _PROBE)
        try:
            if await socket.receive() != UPGRADE:
                return False
        finally:
            self._is_upgrading = False
            self._news.set()
        self.heard_at = self._now()
        self._socket = socket
        await self._flush(socket)
        return True

    # -- hearing ---------------------------------------------------------------------------

    async def _hear(self, packet: str) -> None:
        self.heard_at = self._now()
        kind, carried = packet[:1], packet[1:]
        if kind == MESSAGE:
            if self.heard is not None:
                await self.heard(carried)
        elif kind == PING:
            await self.send(PONG + carried)
        elif kind == CLOSE:
            await self.close()
        elif kind not in (PONG, UPGRADE, NOOP):
            raise ChannelError("there is no such packet")

    async def beat(self) -> bool:
        """Ask for a sign of life when it is time, or let go of who gave none.

        Returns:
            Whether it was time; old clients give signs of their own.
        """
        now = self._now()
        if now - self.heard_at > SILENT_SECONDS:
            await self.close()
            return False
        if now - self.pinged_at < PING_SECONDS:
            return False
        self.pinged_at = now
        if self.version >= 4:
            await self.send(PING)
        return True

    async def close(self) -> None:
        """End it; polls are answered, a WebSocket is closed."""
        self.is_closed = True
        self._news.set()
        if self._socket is not None:
            await self._socket.close(_GOING_AWAY, "closed")
