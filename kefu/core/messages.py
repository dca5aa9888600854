"""What passes between a customer and the bot, before and after the conversation's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypedDict

from kefu.core.contents import Content

__all__ = ["AgentMessage", "EntityData", "IntentData", "ParseData", "Reply", "UserMessage"]


class IntentData(TypedDict, total=False):
    """An intent with the probability of it; ``name`` is None when nothing was recognised."""

    name: str | None
    confidence: float
    full_retrieval_intent_name: str


class EntityData(TypedDict, total=False):
    """An entity found in a message; ``start`` and ``end`` count characters of the text."""

    entity: str
    value: Any
    start: int
    end: int
    role: str
    group: str
    text: str
    extractor: str
    processors: list[str]
    confidence: float | None
    confidence_entity: float
    confidence_role: float
    confidence_group: float
    additional_info: Any


ParseData: TypeAlias = dict[str, Any]
"""The result of understanding a text, in Rasa's shape: ``text``, ``intent``, ``entities``,
``intent_ranking``, ``response_selector``, ``text_tokens``; not in Rasa: ``in_scope``, how likely
the text means any intent, with SentimentClassifier ``sentiment`` and ``sentiment_ranking``, with
KnowledgeSelector ``knowledge``; and whatever components add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """A customer's message as a channel hands it to the bot."""

    conversation_id: str
    """Where it belongs: the conversation, or an address that leads to one."""
    text: str
    """What was said; for contents without words, what stands for them in a text."""
    message_id: str | None = None
    """Unique for this message; the channel's own id where it has one."""
    sender: str = ""
    """Who wrote, as the channel addresses them; empty: the conversation's id does."""
    content: Content | None = None
    """What was sent besides, or instead of, a text."""
    input_channel: str = "rest"
    output_channel: str = "collector"
    """Name that channel-specific response variations are chosen by."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parse_data: ParseData | None = None
    """When given, understanding is skipped and this result is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage:
    """Something that a human agent says to a customer."""

    conversation_id: str
    """Whom to: the conversation, or an address that leads to one."""
    agent: Mapping[str, Any]
    """Who says it: ``id``, ``name``, ``avatar``; the customer may see name and avatar."""
    message_id: str | None = None
    """Makes sending it again safe: it is said once."""
    text: str | None = None
    content: Content | None = None
    """What to show besides, or instead."""
    reply_to: int | None = None
    """Place in the log of what it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One thing the bot says: any combination of text, image, buttons, attachment or payload."""

    recipient_id: str
    text: str | None = None
    image: str | None = None
    attachment: Any = None
    buttons: tuple[Mapping[str, Any], ...] = ()
    quick_replies: tuple[Mapping[str, Any], ...] = ()
    elements: tuple[Mapping[str, Any], ...] = ()
    custom: Any = None
    """A channel-specific payload passed through untouched."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
