"""An example of a connector: text in, text out, for shell scripts and the curious.

Named in credentials.yml by the path of its class::

    connectors.plain_text.PlainText:
      greeting: 欢迎光临

and then used with any HTTP client::

    curl --data '你好' 'http://localhost:5005/webhooks/plain_text/webhook?sender=me'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Door,
    InboundMessage,
    Route,
    WebRequest,
    WebResponse,
)
from kefu.core.messages import Reply
from kefu.errors import ChannelError, Refused

__all__ = ["PlainText"]

DEFAULT_SENDER = "default"


class PlainText:
    """Takes a text by POST and answers with the bot's texts, a line each."""

    name = "plain_text"
    capabilities = Capabilities()

    def __init__(self, door: Door, greeting: str) -> None:
        self._door = door
        self._greeting = greeting

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the connector; ``greeting`` is what a GET answers."""
        unknown = sorted(set(settings) - {"greeting"})
        if unknown:
            raise ChannelError(f"unknown setting {unknown[0]!r}; known settings: greeting")
        return cls(context.door, str(settings.get("greeting", "POST a message.")))

    def routes(self) -> Sequence[Route]:
        """Return the address that messages are posted to."""
        return (
            Route(method="GET", path="/webhook", serve=self.greet),
            Route(method="POST", path="/webhook", serve=self.receive, max_body=16 * 1024),
        )

    async def greet(self, _: WebRequest) -> WebResponse:
        """Answer somebody who only looks."""
        return WebResponse(body=self._greeting.encode())

    async def receive(self, request: WebRequest) -> WebResponse:
        """Hand the text to the bot and answer with what it says."""
        try:
            text = request.body.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise ChannelError("the body must be text in UTF-8") from error
        sender = request.query.get("sender") or DEFAULT_SENDER
        key = request.headers.get("idempotency-key")
        message = InboundMessage(
            conversation_id=sender,
            text=text,
            # Must be unique within the channel; clients count their own messages only.
            message_id=f"{sender}:{key}" if key else None,
            input_channel=self.name,
            output_channel=self.name,
        )
        outcome = await self._door.handle(message)
        lines = [line for reply in outcome.replies for line in _lines(reply)]
        return WebResponse(body="".join(f"{line}\n" for line in lines).encode())

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:
        """Refuse: nobody is connected who could receive it."""
        raise Refused(f"delivery {delivery_id} to {recipient!r} of {reply.recipient_id!r}")

    async def close(self) -> None:
        """Release nothing."""


def _lines(reply: Reply) -> list[str]:
    """Return what the channel can show of ``reply``: buttons become a numbered list."""
    lines = [reply.text] if reply.text else []
    choices = (*reply.buttons, *reply.quick_replies)
    lines += [f"{number}. {choice.get('title')}" for number, choice in enumerate(choices, 1)]
    lines += [str(extra) for extra in (reply.image, reply.attachment) if extra]
    return lines
