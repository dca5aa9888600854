"""Long work that requests ask for: one at a time, one more may wait, and answers that come later.

With ``?callback_url=`` a request is answered at once, with 204, and its answer, or what went
wrong, is posted to that address when there is one. Rasa's clients know both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final
from urllib.parse import urlsplit

from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import KefuError, RequestError
from kefu.logs import fields, shown_url
from kefu.server.answers import bad_request
from kefu.server.traffic import Traffic

__all__ = ["CallBack", "Jobs"]

log = logging.getLogger(__name__)

CALLBACK: Final = "callback_url"
MOST: Final = 2
"""One that is done, and one that waits."""
_ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 1.0

CallBack = Callable[[str, bytes, str], Awaitable[None]]
"""Posts a body of a type to an address; raises :class:`KefuError` when it was not taken."""
Work = Callable[[], Awaitable[HTTPResponse]]


class Jobs:
    """What is under way in this process."""

    def __init__(
        self,
        traffic: Traffic,
        call_back: CallBack | None,
        answer_error: Callable[[Request, Exception], HTTPResponse],
        *,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        """Begin with nothing.

        Args:
            traffic: Where work is counted.
            call_back: Brings an answer that comes later; None: there are none.
            answer_error: Makes the answer of what went wrong.
            pause: Seconds before the first attempt to bring an answer again; each takes twice as
                long.
        """
        self._traffic = traffic
        self._call_back = call_back
        self._answer_error = answer_error
        self._pause = pause
        self._one_at_a_time = asyncio.Lock()
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, request: Request, work: Work, *, is_long: bool = True) -> HTTPResponse:
        """Do ``work`` when it is its turn and return its answer, or bring that later.

        What is not long and waited for is done at once, whatever else is.

        Raises:
            RequestError: Somebody else's work waits already (409), or the address for the answer
                is none (400).
        """
        url = self._callback_url(request)
        if url is None and not is_long:
            return await work()
        if self._count >= MOST:
            message = "A training is under way and another one waits; come back when it is done."
            raise RequestError(409, "Conflict", message)
        self._count += 1
        self._traffic.trainings += 1
        if url is None:
            return await self._done(work)
        self._spawn(self._later(url, request, work))
        return HTTPResponse(status=204)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _done(self, work: Work) -> HTTPResponse:
        try:
            async with self._one_at_a_time:
                return await work()
        finally:
            self._count -= 1
            self._traffic.trainings -= 1

    async def _later(self, url: str, request: Request, work: Work) -> None:
        try:
            answer = await self._done(work)
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            answer = self._answer_error(request, error)
        body = answer.body or b""
        await self._bring(url, body, answer.content_type or "application/octet-stream")

    async def _bring(self, url: str, body: bytes, content_type: str) -> None:
        assert self._call_back is not None
        pause = self._pause
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._call_back(url, body, content_type)
            except KefuError as error:
                where = fields(url=shown_url(url), attempt=attempt, error=str(error))
                log.warning("an answer was not taken by the address it was wanted at", extra=where)
            else:
                return
            if attempt < _ATTEMPTS:
                await asyncio.sleep(pause)
                pause *= 2

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
