"""Which pages may speak to the web channel, by the ``Origin`` that browsers send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from kefu.channels.base import WebRequest
from kefu.errors import ChannelError

__all__ = ["FOREIGN", "Origins"]

ALL = "*"
FOREIGN = "this site is not among the setting 'allowed_origins' of the channel 'web'"


class Origins:
    """The page's own server, and the sites that the setting ``allowed_origins`` names."""

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self.allowed = tuple(origin.rstrip("/").lower() for origin in allowed)

    @classmethod
    def from_setting(cls, value: Any) -> Origins:
        """Read the setting: an origin, a list of them, or ``*``.

        Raises:
            ChannelError: It holds something else.
        """
        given = [value] if isinstance(value, str) else value or []
        if not isinstance(given, list | tuple):
            raise ChannelError("setting 'allowed_origins' must be a list of origins, or '*'")
        for origin in given:
            parts = urlsplit(origin) if isinstance(origin, str) else None
            is_origin = parts and parts.scheme and parts.netloc and not parts.path.strip("/")
            if origin != ALL and not is_origin:
                raise ChannelError(
                    f"setting 'allowed_origins' has {origin!r}, which is no origin;"
                    " write 'https://shop.example.com'"
                )
        return cls(given)

    def admits(self, request: WebRequest) -> bool:
        """Whether the page that asks may; programs send no origin, and may."""
        origin = request.headers.get("origin")
        if origin is None or ALL in self.allowed or origin.lower() in self.allowed:
            return True
        return self.is_own(request)

    def is_own(self, request: WebRequest) -> bool:
        """Whether the page that asks came from this server."""
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site") == "same-origin"
        hosts = (request.headers.get("x-forwarded-host"), request.headers.get("host"))
        return urlsplit(origin).netloc.lower() in {host.lower() for host in hosts if host}
