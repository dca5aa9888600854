"""Long work that requests ask for: one at a time, one more may wait, and answers that come later.

With ``?callback_url=`` a request is answered at once, with 204, and its answer, or what went
wrong, is posted to that address when there is one. Rasa's clients know both. Of work that the end
of the server cuts off, the address is told so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import KefuError, RequestError
from kefu.logs import fields, shown_url
from kefu.server.answers import bad_request
from kefu.server.job_queue import JobQueue

__all__ = ["CallBack", "Jobs"]

log = logging.getLogger(__name__)

CALLBACK: Final = "callback_url"
_ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 1.0
_LAST_SECONDS: Final = 5.0
"""How long the end of the server may take for telling that nothing comes any more."""

CallBack = Callable[[str, bytes, str], Awaitable[None]]
"""Posts a body of a type to an address; raises :class:`KefuError` when it was not taken."""
Work = Callable[[], Awaitable[HTTPResponse]]


class Jobs:
    """What is under way in this process."""

    def __init__(
        self,
        queue: JobQueue,
        call_back: CallBack | None,
        answer_error: Callable[[Request, Exception], HTTPResponse],
        *,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        """Begin with nothing.

        Args:
            queue: Where work waits for its turn.
            call_back: Brings an answer that comes later; None: there are none.
            answer_error: Makes the answer of what went wrong.
            pause: Seconds before the first attempt to bring an answer again; each takes twice as
                long.
        """
        self._queue = queue
        self._call_back = call_back
        self._answer_error = answer_error
        self._pause = pause
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """How many are under way or wait, in all processes behind the port."""
        return self._queue.count

    async def answer(self, request: Request, work: Work, *, is_long: bool = True) -> HTTPResponse:
        """Do ``work`` when it is its turn and return its answer, or bring that later.

        What is not long and waited for is done at once, whatever else is.

        Raises:
            RequestError: Somebody else's work waits already (409), or the address for the answer
                is none (400).
            Unavailable: Nobody says whose turn it is.
        """
        url = self._callback_url(request)
        if url is None and not is_long:
            return await work()
        place = await self._queue.enter()
        if place is None:
            message = "A training is under way and another one waits; come back when it is done."
            raise RequestError(409, "Conflict", message)
        if url is None:
            return await self._done(place, work)
        self._spawn(self._later(url, request, place, work))
        return HTTPResponse(status=204)

    async def close(self) -> None:
        """Give up what is under way, and tell those who were promised an answer."""
        for task in tuple(self._tasks):
            task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _done(self, place: int, work: Work) -> HTTPResponse:
        try:
            await self._queue.turn(place)
            return await work()
        finally:
            self._queue.leave(place)

    async def _later(self, url: str, request: Request, place: int, work: Work) -> None:
        answer: HTTPResponse | None = None
        try:
            try:
                answer = await self._done(place, work)
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                answer = self._answer_error(request, error)
            await self._bring(url, answer)
        except asyncio.CancelledError:
            await self._is_taken(url, answer or self._answer_error(request, _stopped()), 1)

    async def _bring(self, url: str, answer: HTTPResponse) -> None:
        pause = self._pause
        for attempt in range(1, _ATTEMPTS + 1):
            if await self._is_taken(url, answer, attempt):
                return
            if attempt < _ATTEMPTS:
                await asyncio.sleep(pause)
                pause *= 2

    async def _is_taken(self, url: str, answer: HTTPResponse, attempt: int) -> bool:
        assert self._call_back is not None
        content_type = answer.content_type or "application/octet-stream"
        try:
            await self._call_back(url, answer.body or b"", content_type)
        except KefuError as error:
            where = fields(url=shown_url(url), attempt=attempt, error=str(error))
            log.warning("an answer was not taken by the address it was wanted at", extra=where)
            return False
        return True

    def _callback_url(self, request: Request) -> str | None:
        url: str | None = request.args.get(CALLBACK)
        if not url:
            return None
        if self._call_back is None:
            raise bad_request(f"'{CALLBACK}' is not supported here.", CALLBACK, "query")
        try:
            parts = urlsplit(url)
            is_address = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address:
            raise bad_request(f"'{CALLBACK}' must be an http or https address.", CALLBACK, "query")
        return url

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _stopped() -> RequestError:
    message = "The server stopped before the answer was there; ask again."
    return RequestError(503, "ServerStopped", message)
