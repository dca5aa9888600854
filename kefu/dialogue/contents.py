"""What the bot makes of a message without words: a picture, a place, a rating.

A domain that has the intent of a content (``share_image`` for pictures) gets that intent, with
certainty, and the content's fields as entities; to any other domain the text that stands for the
content is a text like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kefu.core.content_texts import is_placeholder
from kefu.core.contents import (
    Content,
    File,
    Image,
    Link,
    Location,
    OrderCard,
    ProductCard,
    Rating,
    Video,
    Voice,
    content_as_json,
)
from kefu.core.domain import Domain
from kefu.core.messages import ParseData, UserMessage

__all__ = ["EXTRACTOR_NAME", "INTENTS", "is_unheard_rating", "understood_content"]

EXTRACTOR_NAME = "MessageContent"
INTENTS: Final[Mapping[type, str]] = {
    Image: "share_image",
    Voice: "share_voice",
    Video: "share_video",
    File: "share_file",
    Location: "share_location",
    Link: "share_link",
    ProductCard: "share_product",
    OrderCard: "share_order",
    Rating: "rate",
}
"""The intent of each content that customers send."""


def understood_content(message: UserMessage, domain: Domain) -> ParseData | None:
    """Return what a content without words means; None when the text has to be understood."""
    content = message.content
    intent = INTENTS.get(type(content))
    if content is None or intent is None or intent not in domain.intents:
        return None
    if not is_placeholder(message.text, content) and not isinstance(content, Rating):
        return None
    named = {"name": intent, "confidence": 1.0}
    text = message.text.strip()
    return {
        "text": text,
        "intent": named,
        "intent_ranking": [named],
        "entities": _entities(content, len(text)),
    }


def is_unheard_rating(message: UserMessage, domain: Domain) -> bool:
    """Whether a message is a rating in which the bot is not interested."""
    return isinstance(message.content, Rating) and INTENTS[Rating] not in domain.intents


def _entities(content: Content, length: int) -> list[dict[str, Any]]:
    """Return the fields of a content; lists are left to the message's metadata."""
    return [
        {
            "entity": name,
            "value": value,
            "start": 0,
            "end": length,
            "confidence": 1.0,
            "extractor": EXTRACTOR_NAME,
        }
        for name, value in content_as_json(content).items()
        if name != "type" and isinstance(value, str | int | float)
    ]
