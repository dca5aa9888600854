"""Serves the addresses of channels below ``/webhooks/<name>``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from time import perf_counter
from typing import Any

from sanic import Sanic
from sanic.exceptions import PayloadTooLarge
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.server.websockets.impl import WebsocketImplProtocol

from kefu.errors import TooMany
from kefu.server.answers import read_body
from kefu.server.live.socket import LiveSocket
from kefu.server.ports import Answer, ChannelRoute, ServedChannel
from kefu.server.traffic import Traffic

__all__ = ["serve_channels"]

DEFAULT_MAX_BODY = 256 * 1024
TRY_AGAIN_LATER = 1013


class _WebRequest:
    """A request as channels see it."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def method(self) -> str:
        return self._request.method

    @property
    def query(self) -> Mapping[str, str]:
        arguments = self._request.args
        return {name: values[0] for name, values in arguments.items()} if arguments else {}

    @property
    def headers(self) -> Mapping[str, str]:
        return self._request.headers

    @property
    def body(self) -> bytes:
        return self._request.body

    @property
    def client(self) -> str:
        return self._request.client_ip or ""


def serve_channels(
    app: Sanic[Any, Any],
    channels: tuple[ServedChannel, ...],
    traffic: Traffic,
    admits: Callable[[str], bool],
) -> None:
    """Serve all addresses of ``channels`` on ``app``, to clients that ``admits`` admits."""
    for channel in channels:
        stop_waiting: Callable[[], None] | None = getattr(channel, "stop_waiting", None)
        if stop_waiting is not None:
            app.before_server_stop(_listener(stop_waiting))
        for route in channel.routes():
            path = route.path if route.at_root else f"/webhooks/{channel.name}{route.path}"
            method: str | None = getattr(route, "method", None)
            name = f"channel_{channel.name}_{method or 'socket'}_{route.path}"
            name = name.translate(_NAME_CHARACTERS)
            if method is not None:
                handler = _handler(route, f"{method} {path}", traffic, admits)
                app.add_route(
                    handler, path, [method], name=name, strict_slashes=False, error_format="json"
                )
                continue
            socket_handler = _socket_handler(route, traffic, admits)
            otherwise: ChannelRoute | None = getattr(route, "otherwise", None)
            if otherwise is None:
                app.add_websocket_route(socket_handler, path, name=name)
            else:
                handler = _handler(otherwise, f"GET {path}", traffic, admits)
                app.enable_websocket()
                app.add_route(_either(app, socket_handler, handler), path, name=name)


def _listener(act: Callable[[], None]) -> Callable[..., Coroutine[Any, Any, None]]:
    async def listener(*_: Any) -> None:
        act()

    return listener


def _either(
    app: Sanic[Any, Any], socket: Callable[..., Any], other: Callable[..., Any]
) -> Callable[..., Coroutine[Any, Any, HTTPResponse | None]]:
    """Return the handler of an address that WebSockets share with other requests."""

    async def handler(request: Request) -> HTTPResponse | None:
        if request.headers.get("upgrade", "").lower() == "websocket":
            # as Sanic does for its own routes
            await app._websocket_handler(socket, request)  # type: ignore[no-untyped-call]  # noqa: SLF001
            return None
        answer: HTTPResponse | None = await other(request)
        return answer

    handler.is_stream = True  # type: ignore[attr-defined]
    handler.is_websocket = True  # type: ignore[attr-defined] # it need not return an answer
    return handler


_NAME_CHARACTERS = str.maketrans(dict.fromkeys("/<>:-. ", "_"))


def _handler(
    route: ChannelRoute, name: str, traffic: Traffic, admits: Callable[[str], bool]
) -> Callable[..., Coroutine[Any, Any, HTTPResponse | None]]:
    serve = route.serve
    max_body: int = getattr(route, "max_body", DEFAULT_MAX_BODY)
    too_large: Callable[[], None] | None = getattr(route, "too_large", None)
    counts = traffic.route(name)

    async def handler(request: Request) -> HTTPResponse | None:
        begun = perf_counter()
        if not admits(request.client_ip):
            raise TooMany("too many requests from this address; wait a moment")
        try:
            await read_body(request, max_body)
        except PayloadTooLarge:
            if too_large is not None:
                too_large()
            raise
        answer: Answer = await serve(_WebRequest(request))
        counts.add(answer.status, perf_counter() - begun)
        if answer.stream is not None:
            await _stream(request, answer)
            return None
        whole = HTTPResponse(answer.body, answer.status, dict(answer.headers), answer.content_type)
        if answer.written is None:
            return whole
        response = await request.respond(whole)
        await response.send(end_stream=True)
        await answer.written()
        return None

    # The body is read here, with the route's own limit, not by Sanic.
    handler.is_stream = True  # type: ignore[attr-defined]
    return handler


async def _stream(request: Request, answer: Answer) -> None:
    assert answer.stream is not None
    response = await request.respond(
        status=answer.status, headers=dict(answer.headers), content_type=answer.content_type
    )
    async for piece in answer.stream:
        await response.send(piece)
    await response.eof()


def _socket_handler(
    route: ChannelRoute, traffic: Traffic, admits: Callable[[str], bool]
) -> Callable[[Request, WebsocketImplProtocol], Awaitable[None]]:
    serve = route.serve

    async def handler(request: Request, websocket: WebsocketImplProtocol) -> None:
        if not admits(request.client_ip):
            await LiveSocket(websocket).close(TRY_AGAIN_LATER, "too many connections")
            return
        traffic.open_sockets += 1
        traffic.sockets_opened += 1
        try:
            await serve(_WebRequest(request), LiveSocket(websocket))
        finally:
            traffic.open_sockets -= 1

    return handler
