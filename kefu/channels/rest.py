"""Channel ``rest``: a message in by POST, the bot's messages in the answer. Rasa's interface.

A client that gives a message an id, as ``message_id`` in the body or as the header
``Idempotency-Key``, can send it again after a broken connection: it is taken once, and the
answer is the first one.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

import msgspec

from kefu.channels.base import (
    Capabilities,
    ChannelContext,
    Door,
    Route,
    WebRequest,
    WebResponse,
    json_response,
)
from kefu.channels.posted import inbound_message, webhook_routes
from kefu.core.messages import Reply
from kefu.core.reply_json import replies_as_messages
from kefu.errors import Refused

__all__ = ["RestConnector"]

log = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
TRUE_WORDS = frozenset({"true", "1", "yes", "on"})


class RestConnector:
    """Answers a message with the list of the bot's messages."""

    name = "rest"
    capabilities = Capabilities()

    def __init__(self, door: Door) -> None:
        self._door = door

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], context: ChannelContext) -> Self:
        """Build the channel; it has no settings, and what is given is ignored as Rasa does."""
        if settings:
            advice = "; 'kefu run --cors' sets origins" if "cors_origins" in settings else ""
            log.warning(
                "channel rest has no settings: %s is ignored%s", ", ".join(settings), advice
            )
        return cls(context.door)

    def routes(self) -> Sequence[Route]:
        """Return the webhook and its health check."""
        return webhook_routes(self.webhook)

    async def webhook(self, request: WebRequest) -> WebResponse:
        """Take a message and answer with what the bot says, or stream it line by line."""
        wants_stream = request.query.get("stream", "").lower() in TRUE_WORDS
        output_channel = "queue" if wants_stream else "collector"
        message = inbound_message(request, self.name, output_channel=output_channel)
        outcome = await self._door.handle(message)
        messages = replies_as_messages(outcome.replies)
        if not wants_stream:
            return json_response(messages)
        return WebResponse(content_type=EVENT_STREAM, stream=_lines(messages))

    async def send(self, reply: Reply, *, delivery_id: int, recipient: str) -> str | None:  # noqa: ARG002 - contract
        """Refuse: nobody is connected who could receive it."""
        raise Refused(f"channel 'rest' cannot send to {reply.recipient_id!r} unasked")

    async def close(self) -> None:
        """Release nothing."""


async def _lines(messages: Sequence[dict[str, Any]]) -> AsyncIterator[bytes]:
    for message in messages:
        yield msgspec.json.encode(message) + b"\n"
