"""An example of a channel that pushes and is pushed to: the chat of a shop's own app.

The app's backend posts what customers write, signed, and is posted what the bot and the agents say.
docs/howto/write_a_connector.md walks through this file. Named in credentials.yml::

    connectors.app_chat.AppChat:
      secret: ${APP_CHAT_SECRET}
      url: https://app.example/kefu
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Self

import aiohttp
import msgspec

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    InboundMessage,
    Route,
    WebRequest,
    WebResponse,
    decoded_body,
    json_response,
)
from kefu.channels.showing import Abilities, contents_of, degraded, meant
from kefu.core.contents import Choice, Rating
from kefu.core.messages import Reply
from kefu.errors import ChannelError, Refused, TooMany, Untrusted

__all__ = ["AppChat"]

MAX_AGE_SECONDS = 300
TIMEOUT_SECONDS = 10
SAID_BEFORE = 409
BUSY = frozenset({408, 425, 429})


class AppChat:
    """Customers who write in the app."""

    name = "app_chat"
    capabilities = Capabilities(can_push=True)

    def __init__(self, context: ChannelContext, *, secret: str, url: str) -> None:
        self._context = context
        self._secret = secret.encode()
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector from ``secret`` and ``url``."""
        unknown = sorted(set(settings) - {"secret", "url"})
        if unknown:
            raise ChannelError(f"unknown setting {unknown[0]!r}; known settings: secret, url")
        secret, url = settings.get("secret"), settings.get("url")
        if not isinstance(secret, str) or len(secret) < 16:
            raise ChannelError("setting 'secret' must be a text of 16 characters or more")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise ChannelError("setting 'url' must be the http(s) address replies are posted to")
        return cls(context, secret=secret, url=url)

    def routes(self) -> Sequence[Route]:
        """Return the addresses for messages and for receipts."""
        return (
            self._route("/messages", self.message),
            self._route("/receipts", self.receipt),
        )

    async def message(self, request: WebRequest) -> WebResponse:
        """Take a message: ``{"id", "customer", "text"}``."""
        body = self._verified(request)
        customer, text, number = (_text(body, name) for name in ("customer", "text", "id"))
        if not self._context.limits.has_room("sender", f"{self.name}-{customer}"):
            raise TooMany("this customer writes faster than is allowed")
        address = f"{self.name}-{customer}"
        answer = await meant(self._context.door, address, text)  # "2", after a numbered menu
        message = InboundMessage(
            conversation_id=address,
            sender=customer,
            text=(answer.payload or answer.title) if isinstance(answer, Choice) else text,
            content=answer if isinstance(answer, Rating) else None,
            # Unique within the channel; the app counts each customer's messages.
            message_id=f"{customer}:{number}",
            input_channel=self.name,
            output_channel=self.name,
        )
        await self._context.door.release_held(message.conversation_id)
        receipt = await self._context.door.receive(message)
        return json_response({"seq": receipt.seq, "is_repeat": receipt.is_repeat})

    async def receipt(self, request: WebRequest) -> WebResponse:
        """Take note of what became of a reply: ``{"id", "state", "reason"?}``."""
        body = self._verified(request)
        state = body.get("state")
        if state not in ("delivered", "read", "failed"):
            raise ChannelError("'state' must be delivered, read or failed")
        is_known = await self._context.door.note_delivery(
            self.name, _text(body, "id"), state, reason=body.get("reason")
        )
        return json_response({"is_known": is_known})

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Post a reply to the app; its answer names it for receipts."""
        body = msgspec.json.encode(
            {"id": str(delivery_id), "customer": recipient, "lines": self._lines(reply)}
        )
        stamp = str(int(self._context.clock.now()))
        headers = {
            "Content-Type": "application/json",
            "X-Timestamp": stamp,
            "X-Signature": self._signature(stamp, body),
        }
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            async with self._session.post(self._url, data=body, headers=headers) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChannelError(f"the app does not answer: {type(error).__name__}") from error
        if status >= 500 or status in BUSY:
            raise ChannelError(f"the app answers {status}")
        if status >= 400 and status != SAID_BEFORE:
            raise Refused(f"the app answers {status}")
        return str(delivery_id)

    def _lines(self, reply: Reply) -> list[str]:
        """Return what the app can show of ``reply``: texts; everything else becomes one."""
        words_only = Abilities(locale=self._context.language())
        lines = [line for shown in contents_of(reply) for line in degraded(shown, words_only)]
        return [str(line) for line in lines]

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()

    def _route(self, path: str, serve: Any) -> Route:
        def too_large() -> None:
            self._context.counters.count(self.name, "too_large")

        return Route(method="POST", path=path, serve=serve, max_body=16 * 1024, too_large=too_large)

    def _verified(self, request: WebRequest) -> dict[str, Any]:
        """Return the body of a request if it is the app's, and is recent."""
        stamp, given = (request.headers.get(name, "") for name in ("X-Timestamp", "X-Signature"))
        expected = self._signature(stamp, request.body)
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise self._untrusted("bad_signature", "the signature is missing or wrong")
        is_number = stamp.isascii() and stamp.isdecimal()
        if not is_number or abs(self._context.clock.now() - int(stamp)) > MAX_AGE_SECONDS:
            raise self._untrusted("stale", "the request is too old, or a clock is wrong")
        return decoded_body(request)

    def _untrusted(self, what: str, why: str) -> Untrusted:
        self._context.counters.count(self.name, what)
        return Untrusted(what, why)

    def _signature(self, stamp: str, body: bytes) -> str:
        return hmac.new(self._secret, stamp.encode() + b"." + body, sha256).hexdigest()


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 4000:
        raise ChannelError(f"{name!r} must be a text of 1 to 4000 characters")
    return value
