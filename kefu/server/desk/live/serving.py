"""Serves live lines: over a WebSocket, and by long polls where sockets do not get through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from sanic import Sanic
from sanic.request import Request
from sanic.server.websockets.impl import WebsocketImplProtocol

from kefu.clock import Clock
from kefu.errors import RequestError, StaffError, StorageError
from kefu.logs import fields
from kefu.server.desk.live.frames import bye, decode_frame
from kefu.server.desk.live.hub import LiveHub
from kefu.server.desk.live.line import LiveLine
from kefu.server.desk.live.polling import Polls
from kefu.server.guard import Guard
from kefu.server.live.socket import LiveSocket
from kefu.server.traffic import Traffic
from kefu.staff.accounts import actor_of
from kefu.staff.logins import SignedIn
from kefu.staff.permissions import Permission, allows
from kefu.staff.staff import Staff
from kefu.staff.watching import Followed

__all__ = ["Bucket", "run_live", "serve_socket"]

log = logging.getLogger(__name__)

PATH: Final = "/api/v1/live"
_SAID: Final = frozenset({"signed_out", "replaced", "restart"})
MAX_BAD_FRAMES: Final = 10
POLICY_VIOLATION: Final = 1008
GOING_AWAY: Final = 1001
TRY_AGAIN_LATER: Final = 1013
FRAMES_A_SECOND: Final = 10.0
FRAMES_AT_ONCE: Final = 60.0


class Bucket:
    """How fast one screen may speak: so many frames a second, so many at once."""

    __slots__ = ("_at", "_clock", "_left", "_most", "_rate")

    def __init__(
        self, clock: Clock, rate: float = FRAMES_A_SECOND, most: float = FRAMES_AT_ONCE
    ) -> None:
        self._clock, self._rate, self._most = clock, rate, most
        self._left, self._at = most, clock.now()

    def admits(self) -> bool:
        """Count a frame; False when it is one too many."""
        now = self._clock.now()
        self._left = min(self._most, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def run_live(app: Sanic[Any, Any], hub: LiveHub, polls: Polls) -> None:
    """Let the hub run while the application serves."""
    running: list[asyncio.Task[None]] = []

    async def start(*_: Any) -> None:
        running.append(asyncio.get_running_loop().create_task(hub.run()))

    async def leave(*_: Any) -> None:
        polls.stop()
        hub.stop()

    async def end(*_: Any) -> None:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    app.before_server_start(start)
    app.before_server_stop(leave)
    app.after_server_stop(end)


def serve_socket(
    app: Sanic[Any, Any], hub: LiveHub, staff: Staff, guard: Guard, traffic: Traffic
) -> None:
    """Serve the live line's WebSocket."""
    app.add_websocket_route(_handler(hub, staff, guard, traffic), PATH, name="desk_live")


def _handler(
    hub: LiveHub, staff: Staff, guard: Guard, traffic: Traffic
) -> Callable[[Request, WebsocketImplProtocol], Coroutine[Any, Any, None]]:
    async def handler(request: Request, websocket: WebsocketImplProtocol) -> None:
        socket = LiveSocket(websocket)
        try:
            # Browsers send cookies along with sockets that any page opens, and ask nobody first.
            guard.check_same_site(request)
            who = await guard.signed_in(request)
        except StaffError as error:
            if error.problem == "not-signed-in":
                await socket.send(bye("signed_out"))
            await socket.close(POLICY_VIOLATION, error.problem)
            return
        except StorageError:
            await socket.close(TRY_AGAIN_LATER, "logins cannot be looked up")
            return
        traffic.open_sockets += 1
        traffic.sockets_opened += 1
        try:
            with staff.watch.following(who) as followed:
                await _Serving(hub, staff, socket, followed, guard.token(request)).serve(who)
        finally:
            traffic.open_sockets -= 1

    return handler


class _Serving:
    """One socket from its opening to its end."""

    def __init__(
        self, hub: LiveHub, staff: Staff, socket: LiveSocket, followed: Followed, token: str
    ) -> None:
        self._hub = hub
        self._staff = staff
        self._socket = socket
        self._followed = followed
        self._token = token

    async def serve(self, who: SignedIn) -> None:
        if not allows(who.actor, Permission.SESSION_READ_MINE):
            await self._socket.close(POLICY_VIOLATION, "not-allowed")
            return
        line = await self._hub.attach(who.actor, who.account.avatar)
        tasks = [
            asyncio.get_running_loop().create_task(work(line))
            for work in (self._listen, self._speak, self._follow_login, self._follow_account)
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            await self._hub.detach(line)
            if line.over in _SAID:
                await self._socket.send(bye(line.over))
            await self._socket.close(GOING_AWAY, line.over)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _listen(self, line: LiveLine) -> None:
        bucket, bad = Bucket(self._hub.clock), 0
        while (data := await self._socket.receive()) is not None:
            if not bucket.admits():
                await self._socket.close(POLICY_VIOLATION, "too many frames")
                return
            try:
                await line.hear(decode_frame(data))
            except RequestError as error:
                bad += 1
                if bad == MAX_BAD_FRAMES:
                    await self._socket.close(POLICY_VIOLATION, str(error)[:100])
                    return
            except StorageError as error:
                # The screen says hello again, a little later.
                where = fields(error=str(error))
                log.info("a live line could not begin", extra=where)
                await self._socket.close(TRY_AGAIN_LATER, "the desk cannot be read")
                return

    async def _speak(self, line: LiveLine) -> None:
        while not line.over:
            frames = await line.take()
            if frames and not await self._socket.send(*frames):
                return
            if not frames or not line.news.is_set():
                await line.news.wait()

    async def _follow_login(self, line: LiveLine) -> None:
        """End the line with its login."""
        await self._followed.out.wait()
        line.end("signed_out")
        await asyncio.Event().wait()  # the speaker ends the line

    async def _follow_account(self, line: LiveLine) -> None:
        """Let the line go on as what the account is changed to."""
        while True:
            await self._followed.changed.wait()
            self._followed.changed.clear()
            if not self._followed.out.is_set():
                await self._renew(line)

    async def _renew(self, line: LiveLine) -> None:
        with suppress(StorageError):  # the account changes again, or the login ends
            who = await self._staff.signing_in.who(self._token)
            if who is None:
                line.end("signed_out")
                return
            line.become(actor_of(who.account), who.account.avatar)
            if not allows(line.actor, Permission.SESSION_READ_MINE):
                line.end("signed_out")
