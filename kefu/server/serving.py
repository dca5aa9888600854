"""Runs an application in the event loop that is there, one process, no supervisor of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

from sanic import Sanic

from kefu.server.sockets import BACKLOG

__all__ = ["RunningServer", "serve"]

GOING_AWAY = 1001
DRAIN_STEP_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server that takes requests."""

    host: str
    port: int
    """The port it listens on; chosen by the system when 0 was asked for."""


@asynccontextmanager
async def serve(
    app: Sanic[Any, Any],
    sock: socket.socket,
    *,
    ssl: SSLContext | None = None,
    drain_seconds: float = 5.0,
) -> AsyncIterator[RunningServer]:
    """Serve ``app`` on ``sock`` inside the ``async with`` block.

    At its end no new connections are taken, WebSockets are told to come back (1001), and requests
    under way have ``drain_seconds`` to finish.
    """
    host, port = sock.getsockname()[:2]
    server: Any = await app.create_server(sock=sock, ssl=ssl, backlog=BACKLOG, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    app.set_serving(True)
    try:
        yield RunningServer(host=host, port=port)
    finally:
        await server.before_stop()
        await _drain(server, drain_seconds)
        await server.after_stop()
        app.set_serving(False)
        Sanic.unregister_app(app)


async def _drain(server: Any, drain_seconds: float) -> None:
    closing = server.close()
    for connection in list(server.connections):
        connection.close_if_idle()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + drain_seconds
    # Sanic has no event for a connection's end.
    while server.connections and loop.time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(DRAIN_STEP_SECONDS)
    for connection in list(server.connections):
        websocket = getattr(connection, "websocket", None)
        if websocket:
            websocket.fail_connection(GOING_AWAY)
        else:
            connection.abort()
    if closing is not None:
        await closing
