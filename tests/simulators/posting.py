"""How a platform posts to a server: with a deadline, three tries, and all that can go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlencode, urlsplit

import aiohttp

__all__ = ["Attempt", "Callback", "Posted", "Poster", "until"]


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A request that the platform makes."""

    query: Mapping[str, str]
    body: bytes
    content_type: str = "text/xml"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came back: a status and a body, or nothing in time."""

    status: int | None = None
    body: bytes = b""
    error: str = ""


@dataclass(kw_only=True)
class Posted:
    """All tries of one callback."""

    attempts: list[Attempt] = field(default_factory=list)

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]

    @property
    def was_accepted(self) -> bool:
        return self.last.status == 200


@dataclass(kw_only=True)
class Poster:
    """Posts callbacks to ``url``; waits ``deadline`` seconds for each of ``tries`` answers.

    The platform cuts the connection at its deadline (5 s) and posts again at once, so that a
    retry can arrive while the first try is still in work. Tests shorten the deadline.
    """

    url: str
    deadline: float = 5.0
    tries: int = 3
    accepts: Callable[[Attempt], bool] = lambda attempt: attempt.status == 200

    async def get(self, query: Mapping[str, str]) -> Attempt:
        """Ask with GET, as the check of an address does."""
        return await self._once("GET", Callback(query=query, body=b""))

    async def post(self, callback: Callback) -> Posted:
        """Post until the answer is accepted, at most ``tries`` times."""
        posted = Posted()
        for _ in range(self.tries):
            posted.attempts.append(await self._once("POST", callback))
            if self.accepts(posted.last):
                break
        return posted

    async def post_once(self, callback: Callback) -> Attempt:
        """Post without a retry."""
        return await self._once("POST", callback)

    async def post_overlapping(self, callback: Callback, copies: int = 3) -> list[Attempt]:
        """Post the same callback several times at once."""
        return list(await asyncio.gather(*(self.post_once(callback) for _ in range(copies))))

    async def post_and_hang_up(self, callback: Callback) -> None:
        """Send the whole request, and cut the connection without waiting for the answer."""
        parts = urlsplit(self.url)
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = (
            f"POST {parts.path}?{urlencode(callback.query)} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nContent-Type: {callback.content_type}\r\n"
            f"Content-Length: {len(callback.body)}\r\n\r\n"
        )
        writer.write(head.encode() + callback.body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def _once(self, method: str, callback: Callback) -> Attempt:
        timeout = aiohttp.ClientTimeout(total=self.deadline)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(
                    method,
                    self.url,
                    params=dict(callback.query),
                    data=BytesIO(callback.body) if callback.body else None,
                    headers={"Content-Type": callback.content_type},
                ) as response,
            ):
                return Attempt(status=response.status, body=await response.read())
        except TimeoutError:
            return Attempt(error="no answer in time")
        except aiohttp.ClientError as error:
            return Attempt(error=str(error) or type(error).__name__)


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until ``condition`` holds; TimeoutError when it does not within ``seconds``."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - whatever it looks at has no event
            await asyncio.sleep(0.005)
