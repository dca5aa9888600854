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
    InboundMessage,
    Route,
    WebRequest,
    WebResponse,
    decoded_body,
    json_response,
)
from kefu.core.messages import Reply
from kefu.core.reply_json import replies_as_messages
from kefu.errors import ChannelError

__all__ = ["RestConnector", "inbound_message"]

log = logging.getLogger(__name__)

DEFAULT_SENDER = "default"
MAX_SENDER_LENGTH = 255
MAX_MESSAGE_ID_LENGTH = 255
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
        return (
            Route(method="GET", path="/", serve=self.health),
            Route(method="POST", path="/webhook", serve=self.webhook),
        )

    async def health(self, _: WebRequest) -> WebResponse:
        """Say that the channel is there."""
        return json_response({"status": "ok"})

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

    async def send(self, reply: Reply, *, delivery_id: int) -> None:  # noqa: ARG002 - contract
        """Refuse: nobody is connected who could receive it."""
        raise ChannelError(f"channel 'rest' cannot send to {reply.recipient_id!r} unasked")

    async def close(self) -> None:
        """Release nothing."""


async def _lines(messages: Sequence[dict[str, Any]]) -> AsyncIterator[bytes]:
    for message in messages:
        yield msgspec.json.encode(message) + b"\n"


def inbound_message(request: WebRequest, channel: str, *, output_channel: str) -> InboundMessage:
    """Return the message in a request of Rasa's REST form.

    Raises:
        ChannelError: The body is no such message; the text says what is wrong with it.
    """
    body = decoded_body(request)
    text = body.get("message")
    if not isinstance(text, str):
        wrong = "is missing" if text is None else "must be a string"
        raise ChannelError(f"'message' {wrong}")
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise ChannelError("'metadata' must be an object")
    input_channel = body.get("input_channel") or channel
    if not isinstance(input_channel, str):
        raise ChannelError("'input_channel' must be a string")
    sender = _sender(body.get("sender"))
    message_id = _message_id(body.get("message_id") or request.headers.get("idempotency-key"))
    return InboundMessage(
        conversation_id=sender,
        text=text,
        # Clients number their messages independently of each other.
        message_id=None if message_id is None else f"{sender}:{message_id}",
        input_channel=input_channel,
        output_channel=output_channel,
        metadata=metadata or {},
    )


def _sender(sender: Any) -> str:
    if sender is None or sender == "":
        return DEFAULT_SENDER
    if isinstance(sender, bool) or not isinstance(sender, str | int):
        raise ChannelError("'sender' must be a string")
    if len(str(sender)) > MAX_SENDER_LENGTH:
        raise ChannelError(f"'sender' is longer than {MAX_SENDER_LENGTH} characters")
    return str(sender)


def _message_id(message_id: Any) -> str | None:
    if message_id is None:
        return None
    if isinstance(message_id, str) and len(message_id) <= MAX_MESSAGE_ID_LENGTH:
        return message_id
    raise ChannelError(
        f"'message_id' must be a string of at most {MAX_MESSAGE_ID_LENGTH} characters"
    )
