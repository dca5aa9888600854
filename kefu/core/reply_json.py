"""Replies as JSON messages, in the shape that Rasa's REST channel and HTTP API give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kefu.core.messages import Reply

__all__ = ["replies_as_messages", "reply_as_messages"]

PARAGRAPH_BREAK = "\n\n"


def replies_as_messages(replies: Iterable[Reply]) -> list[dict[str, Any]]:
    """Return the messages of all ``replies`` in order."""
    return [message for reply in replies for message in reply_as_messages(reply)]


def reply_as_messages(reply: Reply) -> Iterator[dict[str, Any]]:
    """Yield the messages of one reply: each paragraph of its text is a message of its own."""
    recipient = reply.recipient_id
    if reply.quick_replies:
        yield _with_choices(reply, reply.quick_replies)
    elif reply.buttons:
        yield _with_choices(reply, reply.buttons)
    elif reply.text:
        for part in reply.text.strip().split(PARAGRAPH_BREAK):
            yield {"recipient_id": recipient, "text": part}
    if reply.custom:
        yield {"recipient_id": recipient, "custom": reply.custom}
    if reply.image:
        yield {"recipient_id": recipient, "image": reply.image}
    if reply.attachment:
        yield {"recipient_id": recipient, "attachment": reply.attachment}
    for element in reply.elements:
        yield _element(recipient, element)


def _with_choices(reply: Reply, choices: Iterable[Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"recipient_id": reply.recipient_id}
    if reply.text is not None:
        message["text"] = reply.text
    message["buttons"] = [dict(choice) for choice in choices]
    return message


def _element(recipient: str, element: Any) -> dict[str, Any]:
    return {
        "recipient_id": recipient,
        "text": f"{element.get('title', '')} : {element.get('subtitle', '')}",
        "buttons": [dict(button) for button in element.get("buttons") or ()],
    }
