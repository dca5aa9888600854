"""A WebSocket as channels see it: no exceptions for a line that is gone."""

from __future__ import annotations

import asyncio

from sanic.exceptions import RequestCancelled, WebsocketClosed
from sanic.server.websockets.impl import WebsocketImplProtocol
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

__all__ = ["LiveSocket"]

CLOSING_SECONDS = 5.0


class LiveSocket:
    """Wraps the framework's WebSocket."""

    __slots__ = ("_websocket",)

    def __init__(self, websocket: WebsocketImplProtocol) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes | None:
        """Return the next frame; None when the connection is gone."""
        try:
            frame: str | bytes | None = await self._websocket.recv()
        except (ConnectionClosed, WebsocketClosed):
            return None
        return frame

    async def send(self, *texts: str) -> bool:
        """Send text frames with one write; False when the connection is gone."""
        websocket = self._websocket
        async with websocket.conn_mutex:
            protocol, line = websocket.ws_proto, websocket.io_proto
            if line is None or protocol.state is not State.OPEN:
                return False
            for text in texts:
                protocol.send_text(text.encode())
            try:
                await line.send(b"".join(protocol.data_to_send()))  # type: ignore[no-untyped-call]
            except RequestCancelled:
                return False
        return True

    async def close(self, code: int, reason: str) -> None:
        """Close the connection; nothing happens when it is closed already.

        Who does not answer that it closes, too, is cut off after :data:`CLOSING_SECONDS`.
        """
        websocket = self._websocket
        line = websocket.io_proto
        await websocket.close(code, reason)
        if line is not None and line.transport is not None:
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, line.transport.abort)
