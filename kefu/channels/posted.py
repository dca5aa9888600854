"""What channels share whose messages come in by POST in the form of Rasa's REST channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kefu.channels.base import (
    InboundMessage,
    Route,
    WebRequest,
    WebResponse,
    decoded_body,
    json_response,
)
from kefu.errors import ChannelError

__all__ = ["inbound_message", "webhook_routes"]

DEFAULT_SENDER = "default"
MAX_SENDER_LENGTH = 255
MAX_MESSAGE_ID_LENGTH = 255


def webhook_routes(
    webhook: Callable[[WebRequest], Awaitable[WebResponse]],
) -> Sequence[Route]:
    """Return the address that messages are posted to, and that of the health check."""
    return (
        Route(method="GET", path="/", serve=_health),
        Route(method="POST", path="/webhook", serve=webhook),
    )


async def _health(_: WebRequest) -> WebResponse:
    return json_response({"status": "ok"})


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
