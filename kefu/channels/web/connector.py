"""The web channel's addresses: a WebSocket, and the same by plain HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Door,
    Route,
    SocketRoute,
    WebRequest,
    WebResponse,
    WebSocket,
    json_response,
)
from kefu.channels.web.frames import Hello, decode_frame, decode_message, error_frame
from kefu.channels.web.limits import FlowLimit
from kefu.channels.web.session import FRESH_EVENTS, LiveSession, SessionLimits
from kefu.channels.web.transcript import inbound, visible_frames
from kefu.channels.web.visitors import Visitors, kept_secret
from kefu.core.messages import Reply
from kefu.errors import ChannelError

__all__ = ["WebConnector"]

SETTINGS = frozenset({"secret", "max_text_length", "messages_per_second", "burst"})
MIN_SECRET_LENGTH = 16
DEFAULT_MAX_TEXT = 4000
HELLO_SECONDS = 15.0
MAX_WAIT_SECONDS = 30.0
POLL_LENGTH = 200
BEARER = "bearer "
POLICY_VIOLATION = 1008


class WebConnector:
    """Serves visitors of web pages."""

    name = "web"
    capabilities = Capabilities()

    def __init__(self, door: Door, visitors: Visitors, limits: SessionLimits) -> None:
        self._door = door
        self._visitors = visitors
        self._limits = limits

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the channel; every setting has a default.

        Settings: ``secret`` that visitors' tokens are signed with (default: made once and kept),
        ``max_text_length``, ``messages_per_second`` and ``burst`` of one visitor.
        """
        unknown = sorted(set(settings) - SETTINGS)
        if unknown:
            known = ", ".join(sorted(SETTINGS))
            raise ChannelError(f"unknown setting {unknown[0]!r}; known settings: {known}")
        flow = FlowLimit(
            context.clock,
            burst=_positive(settings, "burst", 20),
            per_second=_positive(settings, "messages_per_second", 2),
        )
        max_text = int(_positive(settings, "max_text_length", DEFAULT_MAX_TEXT))
        secret = _secret(settings, context)
        return cls(context.door, Visitors(secret), SessionLimits(flow, max_text))

    def routes(self) -> Sequence[Route | SocketRoute]:
        """Return the WebSocket and the addresses of the fallback."""
        return (
            Route(method="GET", path="/", serve=self.health),
            SocketRoute(path="/socket", serve=self.socket),
            Route(method="POST", path="/visitors", serve=self.visitor, max_body=1024),
            Route(method="POST", path="/messages", serve=self.message, max_body=64 * 1024),
            Route(method="GET", path="/events", serve=self.events),
        )

    async def health(self, _: WebRequest) -> WebResponse:
        """Say that the channel is there."""
        return json_response({"status": "ok"})

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> None:
        """Do nothing: clients follow the log, and the reply is in it."""

    async def close(self) -> None:
        """Release nothing."""

    # -- WebSocket -------------------------------------------------------------------------

    async def socket(self, _: WebRequest, socket: WebSocket) -> None:
        """Serve a WebSocket from its ``hello`` to its end."""
        hello = await self._hello(socket)
        if hello is None:
            return
        token = hello.token
        conversation_id = self._visitors.conversation_of(token)
        if token is None or conversation_id is None:
            token = self._visitors.new_token()
            conversation_id = self._visitors.conversation_of(token)
            assert conversation_id is not None
            hello = Hello(token=token, last_seq=0, locale=hello.locale)
        await LiveSession(self._door, socket, conversation_id, hello, self._limits).run(token)

    async def _hello(self, socket: WebSocket) -> Hello | None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                data = await socket.receive()
        except TimeoutError:
            await socket.close(POLICY_VIOLATION, "no hello")
            return None
        if data is None:
            return None
        try:
            frame = decode_frame(data, max_text=self._limits.max_text)
        except ChannelError as error:
            wrong = str(error)
        else:
            if isinstance(frame, Hello):
                return frame
            wrong = "the first frame must be 'hello'"
        await socket.send(error_frame("bad_frame", wrong))
        await socket.close(POLICY_VIOLATION, "no hello")
        return None

    # -- plain HTTP ------------------------------------------------------------------------

    async def visitor(self, _: WebRequest) -> WebResponse:
        """Make a new visitor and return the token."""
        return json_response({"token": self._visitors.new_token()}, status=201)

    async def message(self, request: WebRequest) -> WebResponse:
        """Take a message; 202 when it is in the log."""
        conversation_id = self._visitors.conversation_of(_token(request))
        if conversation_id is None:
            return _unknown_visitor()
        frame = decode_message(request.body, max_text=self._limits.max_text)
        if not self._limits.flow.admits(conversation_id):
            error = {"code": "too_many", "message": "too many messages; wait a moment"}
            return json_response(error, status=429, **{"Retry-After": "1"})
        receipt = await self._door.receive(inbound(frame, conversation_id, None))
        return json_response({"accepted": frame.id, "repeat": receipt.is_repeat}, status=202)

    async def events(self, request: WebRequest) -> WebResponse:
        """Return what is behind ``after``; with ``wait``, wait so many seconds for it."""
        conversation_id = self._visitors.conversation_of(_token(request))
        if conversation_id is None:
            return _unknown_visitor()
        after = int(_number(request, "after"))
        wait = min(_number(request, "wait"), MAX_WAIT_SECONDS)
        last_seq = await self._door.last_seq(conversation_id)
        is_reset = after > last_seq
        if is_reset or after == 0:
            after = max(0, last_seq - FRESH_EVENTS)
        frames, seq = await self._behind(conversation_id, after, wait)
        return json_response({"frames": frames, "seq": seq, "reset": is_reset})

    async def _behind(
        self, conversation_id: str, after: int, wait: float
    ) -> tuple[list[dict[str, Any]], int]:
        """Return the visible frames behind ``after`` and how far they reach."""
        news = asyncio.Event()
        stop_watching = self._door.watch(conversation_id, news.set)
        try:
            async with asyncio.timeout(wait or None):
                while True:
                    news.clear()
                    records = await self._door.log(conversation_id, after=after, limit=POLL_LENGTH)
                    frames = list(visible_frames(conversation_id, records))
                    if records:
                        after = records[-1].seq
                    if frames or not wait:
                        return frames, after
                    await news.wait()
        except TimeoutError:
            return [], after
        finally:
            stop_watching()


def _token(request: WebRequest) -> str | None:
    header = request.headers.get("authorization") or ""
    return header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else None


def _unknown_visitor() -> WebResponse:
    error = {"code": "unknown_visitor", "message": "get a token from /webhooks/web/visitors"}
    return json_response(error, status=401)


def _number(request: WebRequest, name: str) -> float:
    text = request.query.get(name, "0")
    try:
        value = float(text)
    except ValueError as error:
        raise ChannelError(f"{name!r} must be a number") from error
    if not 0 <= value < 2**53:
        raise ChannelError(f"{name!r} must not be negative")
    return value


def _positive(settings: Mapping[str, Any], name: str, default: float) -> float:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ChannelError(f"setting {name!r} must be a number above 0")
    return float(value)


def _secret(settings: Mapping[str, Any], context: ChannelContext) -> bytes:
    secret = settings.get("secret")
    if secret is None:
        try:
            return kept_secret(context.state_dir)
        except OSError as error:
            raise ChannelError(
                f"the secret cannot be kept in {context.state_dir}: {error.strerror}. Make the "
                "folder writable, or give the setting 'secret'"
            ) from error
    if not isinstance(secret, str) or len(secret) < MIN_SECRET_LENGTH:
        raise ChannelError(f"setting 'secret' must have at least {MIN_SECRET_LENGTH} characters")
    return secret.encode()
