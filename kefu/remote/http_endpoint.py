"""An HTTP endpoint from endpoints.yml: where it is, how to authenticate, how long to wait."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from kefu.errors import ProjectError

__all__ = ["HttpAnswer", "HttpEndpoint", "HttpSettings", "reason_of", "trusted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Address and credentials, with the keys that endpoints.yml has for every endpoint."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    basic_auth: Mapping[str, str] | None = None
    cafile: str | None = None
    timeout_seconds: float = 10.0

    @classmethod
    def from_section(cls, section: Mapping[str, Any], *, timeout: float = 10.0) -> HttpSettings:
        """Read a section of endpoints.yml.

        Raises:
            ProjectError: It has no ``url``, or a ``timeout`` that is no number of seconds.
        """
        url = section.get("url")
        if not url:
            raise ProjectError("endpoints.yml: an endpoint has no url — add `url: http://…`")
        params = {str(key): str(value) for key, value in (section.get("params") or {}).items()}
        if section.get("token"):
            params[str(section.get("token_name") or "token")] = str(section["token"])
        headers = section.get("headers") or {}
        wait = section.get("timeout") or timeout
        if isinstance(wait, bool) or not isinstance(wait, int | float) or wait <= 0:
            raise ProjectError(
                f"endpoints.yml: timeout {wait!r} of an endpoint must be a number of seconds"
            )
        return cls(
            url=str(url),
            headers={str(key): str(value) for key, value in headers.items()},
            params=params,
            basic_auth=section.get("basic_auth"),
            cafile=section.get("cafile"),
            timeout_seconds=float(wait),
        )


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status and body of a response."""

    status: int
    body: bytes


class HttpEndpoint:
    """Posts JSON to one address over connections that are kept open."""

    def __init__(self, settings: HttpSettings) -> None:
        """Prepare for calls; nothing is connected yet.

        Raises:
            ProjectError: The certificates to trust cannot be read.
        """
        self.url = settings.url
        self._trusted = trusted(settings.cafile)
        self.timeout_seconds = settings.timeout_seconds
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """Send ``body`` and return the answer, whatever its status.

        Connection errors are tried once more.

        Raises:
            aiohttp.ClientError: No connection, or it broke.
            TimeoutError: The answer took too long.
        """
        try:
            return await self._post(body, headers or {})
        except aiohttp.ClientConnectionError as error:
            if isinstance(error, TimeoutError):
                raise
            return await self._post(body, headers or {})

    async def close(self) -> None:
        """Close open connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        session = self._opened()
        kept = {"Content-Type": "application/json", **headers}
        params = dict(self._settings.params)
        async with session.post(self.url, data=body, headers=kept, params=params) as response:
            return HttpAnswer(response.status, await response.read())

    def _opened(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(
                headers=self._headers(),
                timeout=aiohttp.ClientTimeout(total=self.timeout_seconds),
                connector=aiohttp.TCPConnector(ssl=self._trusted),
            )
        return self._session

    def _headers(self) -> dict[str, str]:
        headers = dict(self._settings.headers)
        given = self._settings.basic_auth
        if given:
            pair = f"{given.get('username', '')}:{given.get('password', '')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return headers


def reason_of(error: Exception) -> str:
    """Return what went wrong in a call, without the address: secrets may stand in it."""
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL):
        return type(error).__name__
    return str(error) or type(error).__name__


def trusted(cafile: str | None) -> ssl.SSLContext | bool:
    """Return what certificates are checked against: the system's, or those of a file.

    Raises:
        ProjectError: The file cannot be used.
    """
    if not cafile:
        return True
    try:
        return ssl.create_default_context(cafile=cafile)
    except OSError as error:
        raise ProjectError(
            f"endpoints.yml: cafile {cafile!r} cannot be used: {error.strerror or error}"
        ) from error
