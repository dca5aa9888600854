"""Between the web channel's frames and the log: what the customer says, and what they see of it.

Most events of a log are not the customer's to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kefu.channels.base import InboundMessage, LoggedEvent
from kefu.channels.web.frames import Message
from kefu.core.events import (
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    UserUttered,
)
from kefu.core.names import EXTERNAL_MESSAGE_PREFIX

__all__ = ["answered_ids", "inbound", "visible_frames"]

TITLE_KEY = "title"
"""Metadata key of a message under which the caption of the chosen button stands."""

CHANNEL = "web"
UNSEEN_TEXTS = frozenset({"/restart", "/session_start"})
"""Messages that a page sends without the customer having said anything."""
NOTICES: Mapping[type[Event], str] = {
    ConversationPaused: "paused",
    ConversationResumed: "resumed",
    Restarted: "restarted",
}
BOT_FIELDS = ("image", "buttons", "quick_replies", "elements", "attachment", "custom")


def inbound(frame: Message, conversation_id: str, locale: str | None) -> InboundMessage:
    """Return what a client's message means for the gateway."""
    metadata = dict(frame.metadata)
    if frame.title is not None:
        metadata[TITLE_KEY] = frame.title
    if locale is not None:
        metadata.setdefault("locale", locale)
    return InboundMessage(
        conversation_id=conversation_id,
        text=frame.text,
        message_id=f"{conversation_id}:{frame.id}",
        input_channel=CHANNEL,
        output_channel=CHANNEL,
        metadata=metadata,
    )


def answered_ids(records: Iterable[LoggedEvent]) -> set[str]:
    """Return the ids of the messages that have had their turn within ``records``."""
    return {
        record.event.message_id
        for record in records
        if isinstance(record.event, UserUttered) and record.event.message_id
    }


def visible_frames(
    conversation_id: str, records: Iterable[LoggedEvent]
) -> Iterator[dict[str, Any]]:
    """Yield the content of a frame for each event that the customer sees."""
    for record in records:
        content = _content(conversation_id, record.event)
        if content is not None:
            yield {**content, "seq": record.seq, "at": record.event.timestamp}


def _content(conversation_id: str, event: Event) -> dict[str, Any] | None:
    match event:
        case UserUttered():
            return _said_by_customer(conversation_id, event)
        case BotUttered(text=text, data=data):
            return _said("bot", text, data)
        case AgentUttered(text=text, data=data):
            return _said("agent", text, data or {})
        case _:
            notice = NOTICES.get(type(event))
            return {"type": "notice", "notice": notice} if notice else None


def _said_by_customer(conversation_id: str, event: UserUttered) -> dict[str, Any] | None:
    text = event.text
    if not text or text.startswith(EXTERNAL_MESSAGE_PREFIX) or text in UNSEEN_TEXTS:
        return None
    title = event.metadata.get(TITLE_KEY)
    shown = title if isinstance(title, str) and title else text
    client_id = (event.message_id or "").removeprefix(f"{conversation_id}:")
    return {"type": "message", "from": "customer", "id": client_id, "text": shown}


def _said(who: str, text: str | None, data: Mapping[str, Any]) -> dict[str, Any] | None:
    content = {key: data[key] for key in BOT_FIELDS if data.get(key)}
    if content.get("attachment") == content.get("image"):
        # Rasa's logs repeat an image as attachment.
        content.pop("attachment", None)
    if text:
        content["text"] = text
    if not content:
        return None
    return {"type": "message", "from": who, **content}
