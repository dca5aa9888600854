"""The web channel's addresses: a WebSocket, and the same by plain HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Flow,
    FlowLimit,
    Route,
    SocketRoute,
    WebRequest,
    WebResponse,
    WebSocket,
    json_response,
)
from kefu.channels.web.frames import Hello, decode_frame, error_frame
from kefu.channels.web.origins import FOREIGN, Origins
from kefu.channels.web.polling import Polling
from kefu.channels.web.pulse import Pulse
from kefu.channels.web.reception import Limits, Reception
from kefu.channels.web.session import LiveSession
from kefu.channels.web.view import View
from kefu.channels.web.visitors import Visitors, kept_secret, token_in_cookie
from kefu.core.messages import Reply
from kefu.errors import ChannelError, StorageError

__all__ = ["WebConnector"]

SETTINGS = frozenset(
    {
        "secret",
        "max_text_length",
        "messages_per_second",
        "burst",
        "allowed_origins",
        "typing_preview",
    }
)
MIN_SECRET_LENGTH = 16
DEFAULT_MAX_TEXT = 4000
MAX_NUMBER = 1_000_000
HELLO_SECONDS = 15.0
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013
MESSAGE_BYTES = 64 * 1024
SIGNAL_BURST = 60
SIGNALS_PER_SECOND = 5


class WebConnector:
    """Serves visitors of web pages."""

    name = "web"
    capabilities = Capabilities()

    def __init__(self, reception: Reception, visitors: Visitors, origins: Origins) -> None:
        self._reception = reception
        self._visitors = visitors
        self._origins = origins
        self.polling = Polling(reception, visitors, origins)
        context = reception.context
        self.pulse = Pulse(context.clock, context.spawn, context.humans)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the channel; every setting has a default.

        Settings: ``secret`` that visitors' tokens are signed with (default: made once and kept),
        ``max_text_length``, ``messages_per_second`` and ``burst`` of one visitor,
        ``allowed_origins`` whose pages may speak to it, ``typing_preview``.
        """
        unknown = sorted(set(settings) - SETTINGS)
        if unknown:
            known = ", ".join(sorted(SETTINGS))
            raise ChannelError(f"unknown setting {unknown[0]!r}; known settings: {known}")
        clock = context.clock
        limits = Limits(
            flow=FlowLimit(
                clock,
                Flow(
                    burst=_number(settings, "burst", 20, least=1),
                    per_second=_number(settings, "messages_per_second", 2),
                ),
            ),
            signals=FlowLimit(clock, Flow(burst=SIGNAL_BURST, per_second=SIGNALS_PER_SECOND)),
            max_text=int(_number(settings, "max_text_length", DEFAULT_MAX_TEXT, least=1)),
            shows_typing=settings.get("typing_preview") is True,
        )
        origins = Origins.from_setting(settings.get("allowed_origins"))
        secret = _secret(settings, context)
        return cls(Reception(context, limits), Visitors(secret), origins)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins whose pages may read the channel's answers."""
        return self._origins.allowed

    def routes(self) -> Sequence[Route | SocketRoute]:
        """Return the WebSocket and the addresses of the fallback."""
        polling = self.polling
        attachments = self._reception.context.attachments
        largest = 1024 if attachments is None else attachments.max_bytes + 1024
        return (
            Route(method="GET", path="/", serve=self.health),
            SocketRoute(path="/socket", serve=self.socket),
            Route(method="POST", path="/visitors", serve=polling.visitor, max_body=1024),
            Route(method="POST", path="/messages", serve=polling.message, max_body=MESSAGE_BYTES),
            Route(method="POST", path="/frames", serve=polling.frames, max_body=MESSAGE_BYTES),
            Route(method="GET", path="/events", serve=polling.events),
            Route(method="POST", path="/attachments", serve=polling.upload, max_body=largest),
            Route(method="GET", path="/faq", serve=polling.faq),
        )

    async def health(self, _: WebRequest) -> WebResponse:
        """Say that the channel is there."""
        return json_response({"status": "ok"})

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> None:
        """Do nothing: clients follow the log, and the reply is in it."""

    def stop_waiting(self) -> None:
        """Let nobody wait for news any more: the server stops."""
        self.polling.stop_waiting()

    async def close(self) -> None:
        """Release nothing."""

    # -- WebSocket -------------------------------------------------------------------------

    async def socket(self, request: WebRequest, socket: WebSocket) -> None:
        """Serve a WebSocket from its ``hello`` to its end."""
        session = await self._session(request, socket)
        if session is not None:
            await session.run(self.pulse)

    async def _session(self, request: WebRequest, socket: WebSocket) -> LiveSession | None:
        if not self._origins.admits(request):
            await socket.send(error_frame("not_allowed", FOREIGN))
            await socket.close(POLICY_VIOLATION, "this site may not")
            return None
        hello = await self._hello(socket)
        if hello is None:
            return None
        token = hello.token
        if token is None and self._origins.is_own(request):
            token = token_in_cookie(request)
        address = self._visitors.conversation_of(token)
        seen = hello.last_seq
        if token is None or address is None:
            token, seen = self._visitors.new_token(), 0
            address = self._visitors.conversation_of(token)
            assert address is not None
        try:
            caller, wrongs = await self._reception.greet(token, address, hello)
        except StorageError:
            await socket.send(error_frame("unavailable", "come back in a moment"))
            await socket.close(TRY_AGAIN_LATER, "the log cannot be read")
            return None
        for wrong_frame in wrongs:
            await socket.send(error_frame(wrong_frame["code"], wrong_frame["message"]))
        reception = self._reception
        view = View(reception.transcript, address, seen, humans=reception.context.humans)
        view.is_elsewhere = hello.conversation not in {None, caller.conversation_mark}
        return LiveSession(reception, socket, caller, view)

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
            frame = decode_frame(data, max_text=self._reception.limits.max_text)
        except ChannelError as error:
            wrong = str(error)
        else:
            if isinstance(frame, Hello):
                return frame
            wrong = "the first frame must be 'hello'"
        await socket.send(error_frame("bad_frame", wrong))
        await socket.close(POLICY_VIOLATION, "no hello")
        return None


def _number(settings: Mapping[str, Any], name: str, default: float, *, least: int = 0) -> float:
    value = settings.get(name, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= MAX_NUMBER or value < least:
        bounds = f"from {least} to" if least else "above 0, at most"
        raise ChannelError(f"setting {name!r} must be a number {bounds} {MAX_NUMBER}")
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
