"""The channel's address, which polls and WebSockets share, and who is connected there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Route,
    SocketRoute,
    WebRequest,
    WebResponse,
    WebSocket,
    json_response,
)
from kefu.channels.socketio.client import CHANNEL, Client
from kefu.channels.socketio.line import MAX_PAYLOAD, Line
from kefu.channels.socketio.packets import ROOT, SocketPacket
from kefu.channels.socketio.relay import Relay
from kefu.channels.socketio.settings import SocketIOSettings
from kefu.core.messages import Reply
from kefu.errors import ChannelError, StorageError
from kefu.logs import fields

__all__ = ["SocketIOConnector"]

log = logging.getLogger(__name__)

VERSIONS: Final = {"3": 3, "4": 4}
ROUND_SECONDS: Final = 5.0
AT_ONCE: Final = 200
MOST_LINES: Final = 20_000
POLICY_VIOLATION: Final = 1008
TRY_AGAIN_LATER: Final = 1013
TEXT: Final = "text/plain; charset=UTF-8"
BEARER: Final = "bearer "

_UNKNOWN_TRANSPORT: Final = (0, "Transport unknown")
_UNKNOWN_SESSION: Final = (1, "Session ID unknown")
_BAD_REQUEST: Final = (3, "Bad request")
_UNKNOWN_VERSION: Final = (5, "Unsupported protocol version")
"""Errors as Engine.IO's clients know them."""


@dataclass(slots=True)
class _Connection:
    """A line, and the client on it once it has entered the channel's namespace."""

    line: Line
    token: str | None
    """Of the address, where clients of Socket.IO 2 show it."""
    address: str
    """Where it comes from."""
    client: Client | None = None


class SocketIOConnector:
    """Serves clients of Socket.IO."""

    name = CHANNEL
    capabilities = Capabilities()

    def __init__(self, settings: SocketIOSettings, context: ChannelContext) -> None:
        self._settings = settings
        self._context = context
        self._connections: dict[str, _Connection] = {}
        self._relay = Relay(context.siblings, self._serve, self.socket)
        self._is_beating = False
        self._is_stopping = False

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the channel from Rasa's settings; each has a default."""
        return cls(SocketIOSettings.from_raw(settings, context.clock), context)

    @property
    def count(self) -> int:
        """How many are connected."""
        return len(self._connections)

    def routes(self) -> Sequence[Route | SocketRoute]:
        """Return the address of the protocol, and the channel's health check."""
        path = self._settings.path
        poll = Route(method="GET", path=path, serve=self.poll, at_root=True)
        return (
            Route(method="GET", path="/", serve=self.health),
            SocketRoute(path=path, serve=self.socket, at_root=True, otherwise=poll),
            Route(method="POST", path=path, serve=self.post, max_body=MAX_PAYLOAD, at_root=True),
        )

    async def health(self, _: WebRequest) -> WebResponse:
        """Say that the channel is there."""
        return json_response({"status": "ok"})

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> None:
        """Do nothing: clients follow the log, and the reply is in it."""

    def stop_waiting(self) -> None:
        """Answer all polls, now and from now on: the server stops."""
        self._is_stopping = True
        for connection in self._connections.values():
            self._context.spawn(connection.line.close())

    async def close(self) -> None:
        """End all connections."""
        for connection in tuple(self._connections.values()):
            await self._drop(connection)
        await self._relay.close()

    # -- the protocol's address ------------------------------------------------------------

    async def poll(self, request: WebRequest) -> WebResponse:
        """Open a connection, or answer a poll once there is something to say."""
        if request.query.get("transport", "polling") != "polling":
            return _refused(_UNKNOWN_TRANSPORT)
        if "sid" not in request.query:
            return await self._opened(request)
        connection = self._connections.get(request.query["sid"])
        if connection is None:
            return await self._elsewhere(request)
        try:
            body = await connection.line.fetch()
        except ChannelError:
            await self._drop(connection)
            return _refused(_BAD_REQUEST)
        if connection.line.is_closed:
            await self._drop(connection)
        return WebResponse(body=body.encode("utf-8", "replace"), content_type=TEXT)

    async def post(self, request: WebRequest) -> WebResponse:
        """Take what a client says."""
        connection = self._connections.get(request.query.get("sid", ""))
        if connection is None:
            return await self._elsewhere(request)
        try:
            await connection.line.take(request.body)
        except ChannelError as error:
            self._note_bad(connection, error)
            await self._drop(connection)
            return _refused(_BAD_REQUEST)
        except StorageError:
            await self._drop(connection)
            return _refused(_BAD_REQUEST)
        if connection.line.is_closed:
            await self._drop(connection)
        return WebResponse(body=b"ok", content_type="text/html")

    async def socket(self, request: WebRequest, socket: WebSocket) -> None:
        """Serve a WebSocket: a new connection, or one that was a poll before."""
        sid = request.query.get("sid")
        if sid is None:
            opened = await self._new(request)
            if isinstance(opened, WebResponse):
                await socket.close(TRY_AGAIN_LATER, "not now, or not this version")
                return
            connection = opened
        else:
            known = self._connections.get(sid)
            if known is None:
                await self._hold_elsewhere(request, socket)
                return
            connection = known
        try:
            await connection.line.serve(socket, is_first=sid is None)
        except ChannelError as error:
            self._note_bad(connection, error)
            await socket.close(POLICY_VIOLATION, "no packet")
        except StorageError:
            await socket.close(TRY_AGAIN_LATER, "come back in a moment")
        finally:
            if connection.line.is_closed:
                self._context.spawn(self._drop(connection))

    # -- sessions of other processes --------------------------------------------------------

    async def _serve(self, request: WebRequest) -> WebResponse:
        """Answer a request that another process got."""
        return await (self.post if request.method == "POST" else self.poll)(request)

    async def _elsewhere(self, request: WebRequest) -> WebResponse:
        holder = self._relay.holder(request.query.get("sid", ""))
        answer = None if holder is None else await self._relay.ask(holder, request)
        return _refused(_UNKNOWN_SESSION) if answer is None else answer

    async def _hold_elsewhere(self, request: WebRequest, socket: WebSocket) -> None:
        holder = self._relay.holder(request.query["sid"])
        if holder is None:
            await socket.close(POLICY_VIOLATION, _UNKNOWN_SESSION[1])
        else:
            await self._relay.hold(holder, request, socket)

    # -- connections -----------------------------------------------------------------------

    async def _opened(self, request: WebRequest) -> WebResponse:
        opened = await self._new(request)
        if isinstance(opened, WebResponse):
            return opened
        return WebResponse(body=opened.line.opened().encode(), content_type=TEXT)

    async def _new(self, request: WebRequest) -> _Connection | WebResponse:
        version = VERSIONS.get(request.query.get("EIO", ""))
        if version is None:
            return _refused(_UNKNOWN_VERSION)
        if self._is_stopping or len(self._connections) >= MOST_LINES:
            return WebResponse(status=503, body=b"come back in a moment")
        line = Line(self._relay.new_name(), version, self._context.clock.now)
        connection = _Connection(line, request.query.get("token"), request.client)
        line.heard = lambda text: self._heard(connection, text)
        self._connections[line.sid] = connection
        if not self._is_beating:
            self._is_beating = True
            self._context.spawn(self._rounds())
        if version < 4:  # whoever connects is in the root namespace without asking
            await self._connect(connection, SocketPacket(kind=SocketPacket.CONNECT))
        return connection

    async def _drop(self, connection: _Connection, *, was_silent: bool = False) -> None:
        if self._connections.pop(connection.line.sid, None) is None:
            return
        await connection.line.close()
        if connection.client is not None:
            await connection.client.leave(was_silent=was_silent)

    def _note_bad(self, connection: _Connection, error: Exception) -> None:
        self._context.counters.count(CHANNEL, "malformed")
        where = fields(channel=CHANNEL, client=connection.address, error=str(error))
        log.info("a client of Socket.IO sent what nobody understands", extra=where)

    async def _rounds(self) -> None:
        """Look at all connections now and then, as long as there are any."""
        try:
            while self._connections:
                await asyncio.sleep(ROUND_SECONDS)
                await self.round()
        finally:
            self._is_beating = False

    async def round(self) -> None:
        """Ask every connection for a sign of life when it is time, and let go of the dead."""
        for number, connection in enumerate(tuple(self._connections.values()), 1):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
            line = connection.line
            was_heard = line.heard_at > line.pinged_at
            was_asked = await line.beat()
            if line.is_closed:
                await self._drop(connection, was_silent=True)
            elif was_asked and connection.client is not None:
                connection.client.asked(was_heard=was_heard)

    # -- packets of Socket.IO --------------------------------------------------------------

    async def _heard(self, connection: _Connection, text: str) -> None:
        packet = SocketPacket.decoded(text)
        client = connection.client
        match packet.kind:
            case SocketPacket.CONNECT:
                await self._connect(connection, packet)
            case SocketPacket.DISCONNECT if packet.namespace == self._settings.namespace:
                connection.client = None
                if client is not None:
                    await client.leave()
            case SocketPacket.EVENT if packet.namespace == self._settings.namespace:
                if client is None:
                    raise ChannelError("an event of somebody who has not entered")
                await client.heard(packet)
            case _:
                pass  # acknowledgements, and other namespaces, are nothing to us

    async def _connect(self, connection: _Connection, packet: SocketPacket) -> None:
        """Let a client into a namespace, or say why not."""
        line, wanted = connection.line, packet.namespace
        if wanted != self._settings.namespace:
            is_root_of_old = wanted == ROOT and line.version < 4
            kind = SocketPacket.CONNECT if is_root_of_old else SocketPacket.CONNECT_ERROR
            why = None if is_root_of_old else _error(line, "Invalid namespace")
            await line.send(SocketPacket(kind=kind, namespace=wanted, data=why).encoded())
            return
        if connection.client is not None:
            return
        if not self._may_enter(_shown_token(packet.data) or connection.token):
            self._context.counters.count(CHANNEL, "refused")
            why = _error(line, "Not authorized")
            error = SocketPacket(kind=SocketPacket.CONNECT_ERROR, namespace=wanted, data=why)
            await line.send(error.encoded())
            return
        client = Client(line, self._settings, self._context, connection.address)
        connection.client = client
        name = {"sid": client.id} if line.version >= 4 else None
        answer = SocketPacket(kind=SocketPacket.CONNECT, namespace=wanted, data=name)
        await line.send(answer.encoded())

    def _may_enter(self, token: str | None) -> bool:
        tokens = self._settings.tokens
        return tokens is None or (token is not None and tokens.claims(token) is not None)


def _shown_token(auth: Any) -> str | None:
    """Return the token that a client shows when it enters, with or without ``Bearer``."""
    token = auth.get("token") if isinstance(auth, Mapping) else None
    if not isinstance(token, str):
        return None
    return token[len(BEARER) :].strip() if token[: len(BEARER)].lower() == BEARER else token


def _error(line: Line, message: str) -> Any:
    return {"message": message} if line.version >= 4 else message


def _refused(error: tuple[int, str]) -> WebResponse:
    code, message = error
    return json_response({"code": code, "message": message}, 400)
