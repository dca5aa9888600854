"""The live line by plain requests: the same frames as over a socket, fetched by long polls.

Between two polls the line goes on: it stays in the hub with its cursors, so that nothing is told
twice and colleagues see no coming and going. A poll says what its screen knows; where that is not
what the line was told, because an answer was lost or another process gave it, the line goes back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from msgspec import Raw, Struct
from sanic.response import HTTPResponse

from kefu.clock import Clock
from kefu.errors import TooMany
from kefu.server.answers import bad_request, json_answer, whole
from kefu.server.desk.live.frames import MAX_OPEN, Typing, bye
from kefu.server.desk.live.hub import LiveHub
from kefu.server.desk.live.line import LiveLine
from kefu.server.routes.form import Form
from kefu.server.routes.table import ApiCall, ApiRoute
from kefu.staff.logins import SignedIn

__all__ = ["Polls", "poll_routes"]

WAIT_SECONDS: Final = 25.0
LINGER_SECONDS: Final = 40.0
"""How long a line is kept whose screen does not ask again."""
POLLS_AT_ONCE: Final = 20.0
POLLS_A_SECOND: Final = 4.0
MOST_KEPT: Final = 2_000
MAX_KEY: Final = 64
LATEST: Final = 2**53


class PolledShown(Struct, frozen=True):
    """What a poll brings."""

    frames: list[dict[str, Any]]
    """As over the socket."""
    cursor: int | None
    """Give it with the next poll."""


class _Answer(Struct, frozen=True):
    frames: list[Raw]
    cursor: int | None


@dataclass(slots=True)
class _Kept:
    line: LiveLine
    told: int | None = None
    """The cursor of the last answer."""
    until: float = 0.0
    left: float = POLLS_AT_ONCE
    left_at: float = 0.0
    is_polled: bool = False
    open: dict[str, int] = field(default_factory=dict)


class Polls:
    """Keeps the lines of those who poll."""

    def __init__(self, hub: LiveHub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._is_over = False

    def stop(self) -> None:
        """Answer all who wait, now and from now on: the server stops."""
        self._is_over = True
        for kept in self._kept.values():
            kept.line.news.set()

    async def poll(
        self,
        who: SignedIn,
        key: str,
        *,
        cursor: int | None,
        open_threads: dict[str, int],
        wait: float = WAIT_SECONDS,
    ) -> tuple[list[str], int | None]:
        """Return the next frames, having waited for some, and the cursor.

        Args:
            who: Who polls.
            key: Tells the screens of one login apart.
            cursor: What the screen was told last; None: nothing yet.
            open_threads: The threads on the screen, each with its last known place.
            wait: How many seconds at most.

        Raises:
            TooMany: They poll too fast.
            StorageError: The desk cannot be read.
        """
        await self._sweep()
        kept = await self._line(who, key)
        line = kept.line
        if cursor is None or cursor != kept.told:
            await line.greet(cursor)
        self._show(kept, open_threads, is_new=cursor != kept.told)
        kept.is_polled = True
        try:
            frames = await self._frames(line, wait)
        finally:
            now = self._clock.now()
            kept.is_polled, kept.until, line.heard_at = False, now + LINGER_SECONDS, now
        kept.told = line.position
        if line.over:
            frames.append(bye("restart" if line.over == "restart" else "signed_out"))
            await self._drop(who.login.login_id, key)
        return frames, kept.told

    async def _frames(self, line: LiveLine, wait: float) -> list[str]:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            line.heard_at = self._clock.now()
            frames = await line.take()
            if frames or line.over or self._is_over or loop.time() >= until:
                return frames
            try:
                async with asyncio.timeout_at(until):
                    await line.news.wait()
            except TimeoutError:
                return frames

    async def _line(self, who: SignedIn, key: str) -> _Kept:
        name, now = (who.login.login_id, key), self._clock.now()
        kept = self._kept.get(name)
        if kept is None:
            if len(self._kept) >= MOST_KEPT:
                raise TooMany("too many screens poll; wait a moment")
            line = await self._hub.attach(who.actor, who.account.avatar)
            kept = self._kept[name] = _Kept(line, left_at=now)
        kept.left = min(POLLS_AT_ONCE, kept.left + max(0.0, now - kept.left_at) * POLLS_A_SECOND)
        kept.left_at = now
        if kept.left < 1.0:
            raise TooMany("too many polls; wait for each to be answered")
        kept.left -= 1.0
        kept.line.become(who.actor, who.account.avatar)
        return kept

    def _show(self, kept: _Kept, threads: dict[str, int], *, is_new: bool) -> None:
        """Take over what is on the screen."""
        for name in [one for one in kept.open if one not in threads]:
            self._hub.leave(kept.line, name)
        for name, after in threads.items():
            if is_new or kept.open.get(name) is None or not kept.line.knows(name, after):
                kept.line.open(name, after)
        kept.open = dict(threads)

    def line_of(self, who: SignedIn, key: str) -> LiveLine | None:
        """Return the line that a screen polls."""
        kept = self._kept.get((who.login.login_id, key))
        return None if kept is None else kept.line

    async def _sweep(self) -> None:
        """Forget lines whose screens ask no more."""
        now = self._clock.now()
        for login_id, key in [
            name for name, kept in self._kept.items() if not kept.is_polled and kept.until <= now
        ]:
            await self._drop(login_id, key)

    async def _drop(self, login_id: str, key: str) -> None:
        kept = self._kept.pop((login_id, key), None)
        if kept is not None:
            await self._hub.detach(kept.line)


def poll_routes(polls: Polls) -> tuple[ApiRoute, ...]:
    """Return the routes of those who poll."""

    async def poll(call: ApiCall) -> HTTPResponse:
        """Wait for what happens, and tell it."""
        request = call.request
        has_cursor = bool(request.args.get("cursor"))
        cursor = whole(request, "cursor", 0) if has_cursor else None
        wait = whole(request, "wait", int(WAIT_SECONDS), most=int(WAIT_SECONDS))
        frames, told = await polls.poll(
            call.who,
            _key(call),
            cursor=cursor,
            open_threads=_open(request.args.get("open") or ""),
            wait=float(wait),
        )
        return json_answer(_Answer([Raw(frame.encode()) for frame in frames], told))

    async def typing(call: ApiCall) -> HTTPResponse:
        """Tell that one writes to the customer, or has stopped."""
        line = polls.line_of(call.who, _key(call))
        if line is not None:
            on = call.request.args.get("on") != "false"
            await line.hear(Typing(conversation_id=call.conversation_id, on=on))
        return HTTPResponse(b"", 204)

    query = {
        "cursor": "`cursor` of the poll before; without it: from now on",
        "open": "threads on the screen, as `<id>:<last known seq>`, separated by commas; "
        "ids percent-encoded",
        "line": "tells the screens of one browser apart",
        "wait": f"seconds, at most and by default {WAIT_SECONDS:.0f}",
    }
    return (
        ApiRoute(
            "GET",
            "/api/v1/live/poll",
            poll,
            access="staff",
            form=Form(query=query, answer=PolledShown),
        ),
        ApiRoute(
            "POST",
            "/api/v1/conversations/<conversation_id:str>/typing",
            typing,
            access="staff",
            form=Form(query={"on": "`false`: one has stopped", "line": query["line"]}, status=204),
            max_body=1024,
        ),
    )


def _key(call: ApiCall) -> str:
    key = call.request.args.get("line") or ""
    if len(key) > MAX_KEY:
        raise bad_request(f"'line' has at most {MAX_KEY} characters.", "line", "query")
    return key


def _open(text: str) -> dict[str, int]:
    """Return the threads that a poll names."""
    found: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        name, colon, place = part.rpartition(":")
        if not colon or not name or not place.isdecimal() or len(place) > 16:
            raise bad_request("'open' lists threads as <id>:<seq>.", "open", "query")
        found[unquote(name)] = min(int(place), LATEST)
    if len(found) > MAX_OPEN:
        raise bad_request(f"'open' lists at most {MAX_OPEN} threads.", "open", "query")
    return found
