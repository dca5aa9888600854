"""Generated messages as events, and events as replies to the customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kefu.core.events import BotUttered
from kefu.core.messages import Reply

__all__ = ["reply_of", "utterance"]


def utterance(message: Mapping[str, Any]) -> BotUttered:
    """Return the event for a generated message; keys without a meaning become metadata."""
    rest = dict(message)
    text = rest.pop("text", None)
    image = rest.pop("image", None)
    data = {
        "elements": rest.pop("elements", None),
        "quick_replies": rest.pop("quick_replies", None),
        "buttons": rest.pop("buttons", None),
        "attachment": rest.pop("attachment", None) or image,
        "image": image,
        "custom": rest.pop("custom", None),
    }
    return BotUttered(text=text, data=data, metadata=rest)


def reply_of(event: BotUttered, conversation_id: str) -> Reply:
    """Return what the customer gets for ``event``."""
    message: dict[str, Any] = {**event.data, "text": event.text, **event.metadata}
    image, attachment = message.get("image"), message.get("attachment")
    return Reply(
        recipient_id=conversation_id,
        text=message.get("text"),
        image=image,
        attachment=None if attachment == image else attachment,
        buttons=tuple(message.get("buttons") or ()),
        quick_replies=tuple(message.get("quick_replies") or ()),
        elements=tuple(message.get("elements") or ()),
        custom=message.get("custom"),
        metadata=event.metadata,
    )
