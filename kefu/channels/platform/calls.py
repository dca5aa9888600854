"""Calls of a platform's HTTP API: JSON out, JSON in, an errcode that says how it went.

A call that cannot be made, or gets no answer, raises ChannelError: it is tried again later. What
the platform answered is a value, :class:`Answer`; a connector reads its errcode, or lets
:meth:`Answer.require` turn it into the error that the gateway understands.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, TypeVar

import aiohttp

from kefu.channels.platform.tokens import AccessTokens, Fetched
from kefu.errors import ChannelError, HeldBack, Refused

__all__ = ["BAD_TOKEN", "RATE_LIMITED", "Answer", "Downloaded", "PlatformCalls"]

BAD_TOKEN = frozenset({40001, 40014, 42001})
"""The access token is worthless: another one is fetched and the call made again, once."""
RATE_LIMITED = frozenset({45009, 45011, 45033})
"""Too many calls: again later."""
TIMEOUT_SECONDS = 10.0
MEDIA_TIMEOUT_SECONDS = 60.0
MAX_ANSWER = 4 << 20

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the platform answered."""

    call: str
    errcode: int = 0
    errmsg: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether the platform did it."""
        return self.errcode == 0

    def token(self) -> Fetched:
        """Return the access token that was asked for.

        Raises:
            ChannelError: There is none.
        """
        data = self.require()
        token, seconds = data.get("access_token"), data.get("expires_in")
        if not (isinstance(token, str) and token and isinstance(seconds, int)):
            raise ChannelError(f"{self.call}: the answer has no access_token")
        return Fetched(token, float(seconds))

    def require(
        self,
        *,
        held: Collection[int] = (),
        refused: Collection[int] = (),
        done: Collection[int] = (),
    ) -> Mapping[str, Any]:
        """Return the data of a call that went well.

        Args:
            held: Codes of "not now": raised as HeldBack, until the customer writes again.
            refused: Codes of "never": raised as Refused.
            done: Codes that mean it was done before.

        Raises:
            HeldBack: As told.
            Refused: As told.
            ChannelError: Any other errcode; it is tried again later.
        """
        if self.is_ok or self.errcode in done:
            return self.data
        said = f"{self.call}: {self.errcode} {self.errmsg}"
        if self.errcode in held:
            raise HeldBack(said)
        if self.errcode in refused:
            raise Refused(said)
        raise ChannelError(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A file that the platform sent."""

    data: bytes = field(repr=False)
    content_type: str = ""
    name: str | None = None


class PlatformCalls:
    """Calls one account's API; opens its connections at the first call.

    Args:
        base: Address of the API, such as ``https://api.weixin.qq.com``.
        tokens: Where access tokens come from; None: calls carry none.
    """

    def __init__(self, base: str, tokens: AccessTokens | None = None) -> None:
        self._base = base.rstrip("/")
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    def use_tokens(self, tokens: AccessTokens) -> None:
        """Use ``tokens`` from now on; they may themselves be fetched by :meth:`ask_freely`."""
        self._tokens = tokens

    async def ask(
        self,
        call: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        refused_tokens: Collection[int] = BAD_TOKEN,
    ) -> Answer:
        """POST ``body`` as JSON, or GET when there is none, with an access token.

        Raises:
            ChannelError: There was no answer, or no access token can be had.
        """

        async def attempt(token: str) -> Answer:
            return await self.ask_freely(call, body, query={"access_token": token, **(query or {})})

        return await self._with_token(attempt, refused_tokens)

    async def ask_freely(
        self,
        call: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call without an access token.

        Raises:
            ChannelError: There was no answer.
        """
        # \uXXXX would be shown to customers as these six characters.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        method = "GET" if data is None else "POST"
        return await self._answer(call, method, query, data=data, headers=headers)

    async def upload(
        self, call: str, file: Downloaded, *, query: Mapping[str, str], part: str = "media"
    ) -> Answer:
        """POST a file as ``multipart/form-data``.

        Raises:
            ChannelError: There was no answer, or no access token can be had.
        """

        async def attempt(token: str) -> Answer:
            form = aiohttp.FormData()
            form.add_field(
                part,
                BytesIO(file.data),
                filename=file.name or "file",
                content_type=file.content_type or "application/octet-stream",
            )
            full = {"access_token": token, **query}
            return await self._answer(call, "POST", full, data=form, seconds=MEDIA_TIMEOUT_SECONDS)

        return await self._with_token(attempt, BAD_TOKEN)

    async def download(
        self, call: str, *, query: Mapping[str, str], max_bytes: int
    ) -> Downloaded | Answer:
        """GET a file; an answer in JSON instead is returned as what it is.

        Raises:
            ChannelError: There was no answer, the file is longer than ``max_bytes``, or no
                access token can be had.
        """

        async def attempt(token: str) -> Downloaded | Answer:
            url = f"{self._base}{call}"
            return await self._file(url, {"access_token": token, **query}, call, max_bytes)

        return await self._with_token(attempt, BAD_TOKEN)

    async def download_from(self, url: str, *, max_bytes: int) -> Downloaded | Answer:
        """GET a file from an address that the platform named, without a token.

        Raises:
            ChannelError: There was no answer, or the file is longer than ``max_bytes``.
        """
        return await self._file(url, {}, "a file's address", max_bytes)

    async def close(self) -> None:
        """Close the connections; who calls from now on gets no answer."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def _with_token(
        self, attempt: Callable[[str], Awaitable[_T]], refused: Collection[int]
    ) -> _T:
        if self._tokens is None:
            return await attempt("")
        token = await self._tokens.current()
        answer = await attempt(token)
        if isinstance(answer, Answer) and answer.errcode in refused:
            answer = await attempt(await self._tokens.instead_of(token))
        return answer

    async def _answer(
        self,
        call: str,
        method: str,
        query: Mapping[str, str] | None,
        *,
        data: Any,
        seconds: float = TIMEOUT_SECONDS,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._opened().request(
                method,
                f"{self._base}{call}",
                params=query,
                data=data,
                headers=headers,
                timeout=timeout,
            ) as response:
                raw = await _limited(response, call, MAX_ANSWER)
                return _read(call, response.status, raw)
        except (aiohttp.ClientError, TimeoutError) as error:
            # The error's own text may hold the address, and with it the token.
            raise ChannelError(f"{call}: no answer ({type(error).__name__})") from None

    async def _file(
        self, url: str, query: Mapping[str, str], call: str, max_bytes: int
    ) -> Downloaded | Answer:
        timeout = aiohttp.ClientTimeout(total=MEDIA_TIMEOUT_SECONDS)
        try:
            async with self._opened().get(
                url, params=query, timeout=timeout, allow_redirects=False
            ) as response:
                data = await _limited(response, call, max_bytes)
                disposition = response.content_disposition
                is_json = "json" in response.content_type or data[:1] == b"{"
                if (disposition is None and is_json) or response.status >= 300:
                    return _read(call, response.status, data)
                return Downloaded(
                    data=data,
                    content_type=response.content_type,
                    name=disposition.filename if disposition else None,
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChannelError(f"{call}: no answer ({type(error).__name__})") from None

    def _opened(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise ChannelError("the channel is closed")
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


async def _limited(response: aiohttp.ClientResponse, call: str, max_bytes: int) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_chunked(64 * 1024):
        size += len(piece)
        if size > max_bytes:
            raise ChannelError(f"{call}: the file is longer than {max_bytes} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _read(call: str, status: int, raw: bytes) -> Answer:
    try:
        data = json.loads(raw)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ChannelError(f"{call}: status {status} without an answer in JSON")
    errcode = data.get("errcode", 0)
    if not isinstance(errcode, int):
        raise ChannelError(f"{call}: errcode {errcode!r} is no number")
    return Answer(call=call, errcode=errcode, errmsg=str(data.get("errmsg", "")), data=data)
