"""The platform's HTTP side: tokens, rate limits and faults around the calls of one platform."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from kefu.clock import Clock, SystemClock

__all__ = ["ApiError", "Call", "Fault", "SimulatedApi"]

TOKEN_SECONDS = 7200

Handler = Callable[[web.Request, dict[str, Any]], Awaitable[Any]]


class ApiError(Exception):
    """The platform refuses a call."""

    def __init__(self, errcode: int, errmsg: str = "refused") -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode, self.errmsg = errcode, errmsg


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with a call.

    ``drop_before``: the connection is cut and nothing happened; ``drop_after``: it is cut although
    the call was carried out; ``errcode``: refused; ``status``: an HTTP status without JSON.
    """

    kind: Literal["drop_before", "drop_after", "errcode", "status"]
    value: int = 0


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that arrived."""

    name: str
    body: dict[str, Any]
    token: str
    errcode: int | None = None


@dataclass
class SimulatedApi:
    """What the calls of a platform have in common; a platform adds its own with :meth:`route`."""

    clock: Clock = field(default_factory=SystemClock)
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    """Calls of a name wait here until its event is set: a slow platform."""
    rate_limits: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Name -> (calls, seconds); more of them are refused with 45009."""
    tokens: dict[str, float] = field(default_factory=dict)
    """Tokens that were given out -> when they end."""
    token_fetches: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._app = web.Application(client_max_size=32 * 1024 * 1024)

    def fail(self, name: str, *faults: Fault) -> None:
        """Let the next calls of ``name`` meet these faults, one each."""
        self.faults[name].extend(faults)

    def revoke_tokens(self) -> None:
        """Make every token invalid, as a reset of the secret or a foreign fetch does."""
        self.tokens.clear()

    def expire_tokens(self) -> None:
        """End every token's time."""
        self.tokens = dict.fromkeys(self.tokens, 0.0)

    def issue_token(self) -> str:
        """Return the current token, or a new one when there is none or its time ends."""
        self.token_fetches += 1
        now = self.clock.now()
        for token, ends in self.tokens.items():
            if ends - now > 300:
                return token
        token = secrets.token_urlsafe(48)
        self.tokens[token] = now + TOKEN_SECONDS
        return token

    def calls_of(self, name: str) -> list[Call]:
        return [call for call in self.calls if call.name == name]

    def route(
        self, method: str, path: str, name: str, handler: Handler, *, needs_token: bool = True
    ) -> None:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, name, handler, needs_token=needs_token)

        self._app.router.add_route(method, path, serve)

    @asynccontextmanager
    async def serving(self, port: int = 0):
        """Serve the calls on 127.0.0.1 and set ``url``."""
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for gate in self.gates.values():
                gate.set()
            await runner.cleanup()

    async def _serve(
        self, request: web.Request, name: str, handler: Handler, *, needs_token: bool
    ) -> web.StreamResponse:
        body = await _body(request)
        gate = self.gates.get(name)
        if gate is not None:
            await gate.wait()
        queue = self.faults[name]
        fault = queue.popleft() if queue else None
        if fault and fault.kind == "status":
            return web.Response(status=fault.value, text="<html>bad gateway</html>")
        if fault and fault.kind == "drop_before":
            return _cut(request)
        answer: Any
        try:
            self._check_rate(name, fault)
            if needs_token:
                self._check_token(request.query.get("access_token", ""))
            answer = await handler(request, body)
            errcode = 0
        except ApiError as error:
            errcode, answer = error.errcode, {"errcode": error.errcode, "errmsg": error.errmsg}
        token = request.query.get("access_token", "")
        self.calls.append(Call(name=name, body=body, token=token, errcode=errcode))
        if fault and fault.kind == "drop_after":
            return _cut(request)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.json_response({"errcode": 0, "errmsg": "ok", **answer})

    def _check_rate(self, name: str, fault: Fault | None) -> None:
        if fault and fault.kind == "errcode":
            raise ApiError(fault.value)
        if name not in self.rate_limits:
            return
        limit, seconds = self.rate_limits[name]
        now, recent = self.clock.now(), self._recent[name]
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if len(recent) >= limit:
            raise ApiError(45009, "api freq out of limit")
        recent.append(now)

    def _check_token(self, token: str) -> None:
        if not token:
            raise ApiError(41001, "access_token missing")
        if token not in self.tokens:
            raise ApiError(40014, "invalid access_token")
        if self.tokens[token] <= self.clock.now():
            raise ApiError(42001, "access_token expired")


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "multipart/form-data":
        fields: dict[str, Any] = {}
        async for part in await request.multipart():
            fields[part.name or ""] = {
                "filename": part.filename,
                "content_type": part.headers.get("Content-Type", ""),
                "data": await part.read(),
            }
        return fields
    raw = await request.read()
    if not raw:
        return {}
    try:
        body = await request.json()
    except ValueError:
        return {"malformed": raw.decode(errors="replace")}
    return body if isinstance(body, dict) else {}


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
