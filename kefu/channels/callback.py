"""Channel ``callback``: a message in by POST, the bot's messages out by POST to a configured URL.

Settings: ``url``; optionally ``headers``, ``token`` with ``token_name`` (a query parameter), and
``basic_auth`` with ``username`` and ``password``, as Rasa's endpoints have them.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
import msgspec

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Door,
    Route,
    WebRequest,
    WebResponse,
)
from kefu.channels.posted import inbound_message, webhook_routes
from kefu.core.messages import Reply
from kefu.core.reply_json import reply_as_messages
from kefu.errors import ChannelError

__all__ = ["CallbackConnector"]

SETTINGS = frozenset({"url", "headers", "token", "token_name", "basic_auth"})
TIMEOUT_SECONDS = 10.0


class CallbackConnector:
    """Posts every message of the bot to one address."""

    name = "callback"
    capabilities = Capabilities(can_push=True)

    def __init__(self, door: Door, url: str, **request_options: Any) -> None:
        self._door = door
        self._url = url
        self._options = request_options
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the channel from ``url`` and how to authenticate there."""
        unknown = sorted(set(settings) - SETTINGS)
        if unknown:
            known = ", ".join(sorted(SETTINGS))
            raise ChannelError(f"unknown setting {unknown[0]!r}; known settings: {known}")
        options: dict[str, Any] = {"headers": _headers(settings)}
        if settings.get("token"):
            name = _text(settings.get("token_name") or "token", "'token_name'")
            options["params"] = {name: _text(settings["token"], "'token'")}
        return cls(context.door, _url(settings), **options)

    def routes(self) -> Sequence[Route]:
        """Return the webhook and its health check."""
        return webhook_routes(self.webhook)

    async def webhook(self, request: WebRequest) -> WebResponse:
        """Take a message and answer ``success``; the bot's messages follow by :meth:`send`."""
        message = inbound_message(request, self.name, output_channel=self.name)
        await self._door.receive(message)
        return WebResponse(body=b"success")

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> None:  # noqa: ARG002 - Rasa's form names the conversation
        """Post a reply that no request waits for."""
        for number, message in enumerate(reply_as_messages(reply)):
            await self._post(message, key=f"{delivery_id}-{number}")

    async def close(self) -> None:
        """Close the connections to the URL."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, message: Mapping[str, Any], *, key: str) -> None:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            **self._options["headers"],
        }
        options = {**self._options, "headers": headers}
        body = msgspec.json.encode(message)
        try:
            async with self._session.post(self._url, data=body, **options) as response:
                problem = f"status {response.status}" if response.status >= 400 else ""
        except TimeoutError:
            problem = f"no answer within {TIMEOUT_SECONDS:g} s"
        except (aiohttp.ClientResponseError, aiohttp.InvalidURL) as error:
            problem = type(error).__name__  # their text names the address, with its parameters
        except aiohttp.ClientError as error:
            problem = str(error) or type(error).__name__
        if problem:
            raise ChannelError(f"the callback did not take a message: {problem}")


def _url(settings: Mapping[str, Any]) -> str:
    url = settings.get("url")
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        is_address = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not isinstance(url, str) or not is_address:
        raise ChannelError("setting 'url' must be the http(s) address replies are posted to")
    return url


def _headers(settings: Mapping[str, Any]) -> dict[str, str]:
    given = settings.get("headers") or {}
    if not isinstance(given, Mapping):
        raise ChannelError("setting 'headers' must be a mapping of names to values")
    headers = {str(name): _text(value, f"'headers': {name!r}") for name, value in given.items()}
    basic = settings.get("basic_auth")
    if basic:
        if not isinstance(basic, Mapping) or not {"username", "password"} <= basic.keys():
            raise ChannelError("setting 'basic_auth' needs a 'username' and a 'password'")
        name, password = (_text(basic[key], f"{key!r}") for key in ("username", "password"))
        headers["Authorization"] = f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"
    return headers


def _text(value: Any, what: str) -> str:
    """Return a text or a number as text that may stand in a header."""
    text = str(value)
    if not isinstance(value, str | int | float) or re.search(r"[\x00-\x1f\x7f]", text):
        raise ChannelError(f"setting {what} must be a text of one line")
    return text
