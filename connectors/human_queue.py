"""The human queue: conversations that the bot handed over and that wait for an agent.

The app feeds every committed piece of a conversation's log to :meth:`HumanQueue.committed`;
``GET /api/v1/queue`` shows what :meth:`HumanQueue.waiting` returns. Where the entries are kept is
the business of a :class:`WaitingQueue`, which Kefu's stores (SQL and memory) implement.

Feeding the same events twice changes nothing, so a feed that is repeated after a crash is safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from kefu.core.events import (
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from kefu.core.names import LEFT_MESSAGE_KEY
from kefu.core.waiting import WaitingConversation

__all__ = ["HANDOFF_REASON_SLOT", "HumanQueue", "WaitingQueue"]

HANDOFF_REASON_SLOT = "handoff_reason"
"""Slot in which ``action_handoff`` records why it hands over."""

LEFT_REASON = "留言"
CUSTOMER_NAME_SLOT = "customer_name"
DEFAULT_REASON = "会话已暂停，等待人工处理"
LAST_MESSAGE_LENGTH = 200


class WaitingQueue(Protocol):
    """Keeps the waiting conversations."""

    async def open(self, entry: WaitingConversation) -> bool:
        """Add ``entry``; False, and nothing changes, if the conversation already waits."""
        ...

    async def note(self, conversation_id: str, last_message: str) -> None:
        """Remember what a waiting customer wrote meanwhile; ignored for those who do not wait."""
        ...

    async def list(self, limit: int) -> Sequence[WaitingConversation]:
        """Return at most ``limit`` waiting conversations, the longest waiting first."""
        ...

    async def close(self, conversation_id: str, closed_at: float) -> bool:
        """Close the open entry, keeping it for the record; False if there is none."""
        ...


class HumanQueue:
    """Turns pauses in the log into entries of the queue, and resumptions into their end."""

    def __init__(self, *, store: WaitingQueue) -> None:
        self._store = store

    async def committed(
        self,
        conversation_id: str,
        events: Sequence[Event],
        *,
        channel: str,
        customer_name: str | None = None,
    ) -> None:
        """Take note of events that were just committed to a conversation's log.

        Args:
            conversation_id: Whose log grew.
            events: The new events, oldest first, with their timestamps.
            channel: Channel of the conversation; the latest message's own channel wins.
            customer_name: The customer's name where the channel knows it.
        """
        entry = WaitingConversation(
            conversation_id=conversation_id,
            reason=DEFAULT_REASON,
            channel=channel,
            since=0.0,
            customer_name=customer_name,
        )
        noted = ""
        for event in events:
            match event:
                case UserUttered(text=text, input_channel=input_channel):
                    noted = _shortened(text or "")
                    entry = replace(
                        entry, last_message=noted, channel=input_channel or entry.channel
                    )
                    if (left := event.metadata.get(LEFT_MESSAGE_KEY)) is not None:
                        await self._store.open(_left(entry, left, event.timestamp or 0.0))
                case SlotSet(key=key, value=str(reason)) if key == HANDOFF_REASON_SLOT:
                    entry = replace(entry, reason=reason)
                case SlotSet(key=key, value=str(name)) if key == CUSTOMER_NAME_SLOT:
                    entry = replace(entry, customer_name=name)
                case ConversationPaused(timestamp=at):
                    await self._store.open(replace(entry, since=at or 0.0))
                case ConversationResumed(timestamp=at) | Restarted(timestamp=at):
                    await self._store.close(conversation_id, at or 0.0)
                case _:
                    pass
        if noted:
            await self._store.note(conversation_id, noted)

    async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the waiting conversations as JSON objects, the longest waiting first."""
        return [_as_json(entry) for entry in await self._store.list(limit)]


def _left(entry: WaitingConversation, left: Mapping[str, Any], at: float) -> WaitingConversation:
    """Return the entry of a message that somebody left, to be answered elsewhere."""
    contact = left.get("contact")
    name = left.get("name") or entry.customer_name
    return replace(entry, reason=f"{LEFT_REASON}（{contact}）", customer_name=name, since=at)


def _shortened(text: str) -> str:
    return text if len(text) <= LAST_MESSAGE_LENGTH else text[: LAST_MESSAGE_LENGTH - 1] + "…"


def _as_json(entry: WaitingConversation) -> dict[str, Any]:
    return {
        "conversation_id": entry.conversation_id,
        "reason": entry.reason,
        "channel": entry.channel,
        "customer_name": entry.customer_name,
        "since": datetime.fromtimestamp(entry.since, tz=UTC).isoformat(),
        "state": entry.state,
        "last_message": entry.last_message,
    }
