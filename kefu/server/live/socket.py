"""A WebSocket as channels see it: no exceptions for a line that is gone."""

from __future__ import annotations

from sanic.exceptions import WebsocketClosed
from sanic.server.websockets.impl import WebsocketImplProtocol
from websockets.exceptions import ConnectionClosed

__all__ = ["LiveSocket"]


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

    async def send(self, text: str) -> bool:
        """Send a text frame; False when the connection is gone."""
        try:
            await self._websocket.send(text)
        except (ConnectionClosed, WebsocketClosed):
            return False
        return True

    async def close(self, code: int, reason: str) -> None:
        """Close the connection; nothing happens when it is closed already."""
        await self._websocket.close(code, reason)
