"""Brings an answer to the address that whoever asked has named."""

from __future__ import annotations

from typing import Final

import aiohttp

from kefu.errors import Unavailable

__all__ = ["call_back"]

_TIMEOUT: Final = aiohttp.ClientTimeout(total=300, sock_connect=10)
"""A model takes its time."""


async def call_back(url: str, body: bytes, content_type: str) -> None:
    """Post ``body`` to ``url``.

    Raises:
        Unavailable: It was not taken; the text says why, without the address.
    """
    headers = {"Content-Type": content_type}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise Unavailable(f"nobody took the answer: {type(error).__name__}") from error
    if status >= 300:
        raise Unavailable(f"the answer was not taken: status {status}")
