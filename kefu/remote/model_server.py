"""A server that hands out models: asked again and again, with ETags, as Rasa asks it."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import aiohttp

from kefu.errors import ModelError
from kefu.model.location import SUFFIX
from kefu.remote.http_endpoint import HttpSettings, reason_of, trusted

__all__ = ["Handed", "ModelServer"]

MAX_BYTES: Final = 1024**3
_PIECE: Final = 256 * 1024
_CONNECT_SECONDS: Final = 20.0
_READ_SECONDS: Final = 60.0
_NOTHING_NEW: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Handed:
    """What the server handed out."""

    name: str
    """A harmless file name."""
    etag: str
    """Empty: the server gave none."""


class ModelServer:
    """One address."""

    def __init__(self, settings: HttpSettings) -> None:
        """Prepare for calls.

        Raises:
            ProjectError: The certificates to trust cannot be read.
        """
        self.url = settings.url
        self._settings = settings
        self._trusted: ssl.SSLContext | bool = trusted(settings.cafile)

    async def fetch(self, etag: str, file: IO[bytes]) -> Handed | None:
        """Write the server's model into ``file``; None when it has none but that of ``etag``.

        Raises:
            ModelError: The server cannot be reached, refuses, or hands out too much.
        """
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS
        )
        headers = self._headers() | ({"If-None-Match": etag} if etag else {})
        connector = aiohttp.TCPConnector(ssl=self._trusted)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
                session.get(
                    self.url, headers=headers, params=dict(self._settings.params)
                ) as response,
            ):
                if response.status in _NOTHING_NEW:
                    return None
                if response.status != 200:
                    raise ModelError(f"the model server answers with status {response.status}")
                await _kept(response, file)
                tag = response.headers.get("ETag", "")
                return Handed(_name(response.headers, tag), tag)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ModelError(f"the model server does not answer: {reason_of(error)}") from error

    def _headers(self) -> dict[str, str]:
        headers = dict(self._settings.headers)
        given = self._settings.basic_auth
        if given:
            pair = f"{given.get('username', '')}:{given.get('password', '')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return headers


async def _kept(response: aiohttp.ClientResponse, file: IO[bytes]) -> None:
    size = 0
    async for piece in response.content.iter_chunked(_PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise ModelError(f"the model server hands out more than {MAX_BYTES >> 20} MB")
        await asyncio.to_thread(file.write, piece)


def _name(headers: Mapping[str, str], etag: str) -> str:
    """Return the file name that the server gave, if it is one, or one made of the ETag."""
    given = headers.get("filename", "")
    if not given:
        _, _, given = headers.get("Content-Disposition", "").partition("filename=")
    name = Path(given.strip().strip('"').replace("\\", "/")).name
    if name.endswith(SUFFIX) and name.isprintable() and not name.startswith("."):
        return name
    return f"server-{hashlib.sha256(etag.encode()).hexdigest()[:12]}{SUFFIX}"
