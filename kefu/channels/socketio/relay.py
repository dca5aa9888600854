"""Brings clients to the process that has their session, where several serve one port.

A session's name begins with the number of its process: any process knows by it where a poll
belongs, or the WebSocket that takes the place of polls, and hands it on.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.channels.base import Siblings, WebRequest, WebResponse, WebSocket
from kefu.channels.socketio.line import MAX_PAYLOAD
from kefu.channels.socketio.passing import (
    Answered,
    Asked,
    Frame,
    Gone,
    Opened,
    Passed,
    Said,
    Shut,
    Taken,
    decode,
    encode,
)
from kefu.logs import fields

__all__ = ["Relay"]

log = logging.getLogger(__name__)

NAME: Final = "socketio"
POLICY_VIOLATION: Final = 1008
TRY_AGAIN_LATER: Final = 1013
_NUMBERED: Final = re.compile(r"(\d{1,6})\.")

Key = tuple[int, int]
"""The number of another process, and that of a request or WebSocket."""
Serve = Callable[[WebRequest], Awaitable[WebResponse]]
ServeSocket = Callable[[WebRequest, WebSocket], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _FarRequest:
    """A request that reached another process."""

    method: str
    query: Mapping[str, str]
    client: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class _FarSocket:
    """A WebSocket that another process holds."""

    def __init__(self, tell: Callable[[Passed], None], number: int) -> None:
        self._tell = tell
        self._id = number
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._is_owing = False
        self._is_gone = False

    def came(self, frame: str | None) -> None:
        """Take a frame; None: the client has gone."""
        self._is_gone = self._is_gone or frame is None
        self._frames.put_nowait(frame)

    async def receive(self) -> str | None:
        """Return the next frame; None when the connection is gone."""
        if self._is_owing:
            self._tell(Taken(self._id))
        frame = await self._frames.get()
        self._is_owing = frame is not None
        return frame

    async def send(self, *texts: str) -> bool:
        """Send text frames; False when the connection is known to be gone."""
        if not self._is_gone:
            for text in texts:  # each alone: what processes say to each other has a longest line
                self._tell(Said(self._id, text))
        return not self._is_gone

    async def close(self, code: int, reason: str) -> None:
        """Have the connection closed."""
        if not self._is_gone:
            self._tell(Shut(self._id, code, reason))


class _HeldSocket:
    """A WebSocket that this process holds for another."""

    def __init__(self, socket: WebSocket, tell: Callable[[Passed], None], number: int) -> None:
        self._socket = socket
        self._tell = tell
        self._id = number
        self._out: asyncio.Queue[Said | Shut] = asyncio.Queue()
        self._taken = asyncio.Event()

    def told(self, message: Taken | Said | Shut) -> None:
        """Take what the other process wants."""
        if isinstance(message, Taken):
            self._taken.set()
        else:
            self._out.put_nowait(message)

    async def serve(self) -> None:
        """Pass frames on, in both directions, until the client or the other process has gone."""
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._hear()), loop.create_task(self._speak())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self) -> None:
        while (data := await self._socket.receive()) is not None:
            if not isinstance(data, str) or len(data) > MAX_PAYLOAD:
                await self._socket.close(POLICY_VIOLATION, "no packet")
                return
            self._taken.clear()
            self._tell(Frame(self._id, data))
            await self._taken.wait()

    async def _speak(self) -> None:
        while isinstance(message := await self._out.get(), Said):
            if not await self._socket.send(message.text):
                return
        await self._socket.close(message.code, message.reason)


class Relay:
    """One process' part of it."""

    def __init__(self, siblings: Siblings | None, serve: Serve, serve_socket: ServeSocket) -> None:
        """Begin.

        Args:
            siblings: The other processes; None: there are none.
            serve: Answers a request of a session that this process has.
            serve_socket: Serves a WebSocket of one.
        """
        self._siblings = siblings
        self._serve = serve
        self._serve_socket = serve_socket
        self._numbers = itertools.count(1)
        self._answers: dict[Key, asyncio.Future[Answered | None]] = {}
        self._held: dict[Key, _HeldSocket] = {}
        self._far: dict[Key, _FarSocket] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        if siblings is not None:
            siblings.listen(NAME, self._heard)

    def new_name(self) -> str:
        """Return the name of a session that begins here."""
        name = secrets.token_urlsafe(15)
        return name if self._siblings is None else f"{self._siblings.number}.{name}"

    def holder(self, name: str) -> int | None:
        """Return the number of the other process that has a session; None: none has it."""
        found = _NUMBERED.match(name)
        if self._siblings is None or found is None:
            return None
        number = int(found[1])
        return None if number == self._siblings.number else number

    async def close(self) -> None:
        """Serve nobody for others any more."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- clients of sessions that others have ----------------------------------------------

    async def ask(self, holder: int, request: WebRequest) -> WebResponse | None:
        """Return what another process answers; None when it has gone."""
        key = (holder, next(self._numbers))
        answer: asyncio.Future[Answered | None] = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        query, client = dict(request.query), request.client
        self._tell(holder, Asked(key[1], request.method, query, request.body, client))
        try:
            answered = await answer
        finally:
            del self._answers[key]
            if not answer.done() or answer.cancelled():
                self._tell(holder, Gone(key[1]))
        if answered is None:
            return None
        return WebResponse(
            status=answered.status, body=answered.body, content_type=answered.content_type
        )

    async def hold(self, holder: int, request: WebRequest, socket: WebSocket) -> None:
        """Hold a client's WebSocket for another process."""
        key = (holder, next(self._numbers))
        self._held[key] = held = _HeldSocket(socket, lambda said: self._tell(holder, said), key[1])
        self._tell(holder, Opened(key[1], dict(request.query), request.client))
        try:
            await held.serve()
        finally:
            del self._held[key]
            self._tell(holder, Gone(key[1]))

    # -- what others say -------------------------------------------------------------------

    def _tell(self, number: int, message: Passed) -> None:
        assert self._siblings is not None
        self._siblings.tell(number, NAME, encode(message))

    def _heard(self, number: int, text: str | None) -> None:
        if text is None:
            self._forget(number)
            return
        message = decode(text)
        key = (number, message.id)
        match message:
            case Asked() | Opened() | Frame() | Gone():
                self._heard_of_client(key, message)
            case Answered():
                answer = self._answers.get(key)
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case Taken() | Said() | Shut() if key in self._held:
                self._held[key].told(message)
            case _:
                pass  # of a client that has gone meanwhile

    def _heard_of_client(self, key: Key, message: Asked | Opened | Frame | Gone) -> None:
        match message:
            case Asked():
                self._spawn(key, self._answer(key, message))
            case Opened():
                self._far[key] = far = _FarSocket(lambda said: self._tell(key[0], said), key[1])
                self._spawn(key, self._attend(key, message, far))
            case Frame() if key in self._far:
                self._far[key].came(message.text)
            case Gone():
                self._let_go(key)
            case _:
                pass

    def _forget(self, number: int) -> None:
        """Do without a process that has gone."""
        for key, answer in self._answers.items():
            if key[0] == number and not answer.done():
                answer.set_result(None)
        for key, held in self._held.items():
            if key[0] == number:
                held.told(Shut(key[1], TRY_AGAIN_LATER, "come back in a moment"))
        for key in [key for key in self._tasks if key[0] == number]:
            self._let_go(key)

    def _let_go(self, key: Key) -> None:
        """End what is done here for a client that has gone."""
        if (far := self._far.get(key)) is not None:
            far.came(None)
        elif (task := self._tasks.get(key)) is not None:
            task.cancel()

    # -- clients that others have ----------------------------------------------------------

    def _spawn(self, key: Key, work: Coroutine[Any, Any, None]) -> None:
        self._tasks[key] = task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda done: self._note_done(key, done))

    def _note_done(self, key: Key, task: asyncio.Task[None]) -> None:
        del self._tasks[key]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            where = fields(process=key[0])
            log.error("a client that another process has got failed", extra=where, exc_info=error)
            self._tell(key[0], Answered(key[1], 500, b"", "text/plain"))

    async def _answer(self, key: Key, asked: Asked) -> None:
        request = _FarRequest(asked.method, asked.query, asked.client, asked.body)
        answer = await self._serve(request)
        self._tell(key[0], Answered(key[1], answer.status, answer.body, answer.content_type))

    async def _attend(self, key: Key, opened: Opened, socket: _FarSocket) -> None:
        try:
            await self._serve_socket(_FarRequest("GET", opened.query, opened.client), socket)
        finally:
            del self._far[key]
            await socket.close(TRY_AGAIN_LATER, "served no longer")
