"""Tells the human queue what the bot's side committed: who wants a human, who no longer does.

A :class:`kefu.gateway.ports.Follower`. Being told twice changes nothing, so a conversation whose
commit was not told because the process died is told again at the next start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.events import (
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from kefu.core.human_queue import Handoff, HumanQueue
from kefu.core.names import LEFT_MESSAGE_KEY

__all__ = ["Handoffs"]

HANDOFF_REASON_SLOT: Final = "handoff_reason"
"""Slot in which a project's own ``action_handoff`` may say in words why it hands over."""
CUSTOMER_NAME_SLOT: Final = "customer_name"
HANDOFF_KEY: Final = "handoff"
"""Metadata of the pause that silences the bot; see :mod:`kefu.dialogue.actions.handoff`."""

_LAST_MESSAGE_LENGTH: Final = 200


class Handoffs:
    """Reads events, oldest first, and tells the queue.

    Attributes:
        queue: Is told; None until there is one.
    """

    def __init__(self, clock: Clock, queue: HumanQueue | None = None) -> None:
        self._clock = clock
        self.queue = queue

    async def committed(
        self, conversation_id: str, events: Sequence[Event], *, channel: str
    ) -> None:
        """Take note of events that were just committed to a conversation's log."""
        queue = self.queue
        if queue is None:
            return
        now = self._clock.now()
        handoff = Handoff(conversation_id=conversation_id, channel=channel, at=now)
        for event in events:
            at = event.timestamp or now
            match event:
                case UserUttered(text=text, input_channel=input_channel):
                    handoff = replace(
                        handoff,
                        last_message=_shortened(text or ""),
                        channel=input_channel or handoff.channel,
                    )
                    if (left := event.metadata.get(LEFT_MESSAGE_KEY)) is not None:
                        await queue.request(_left(handoff, left, at))
                case SlotSet(key=key, value=str(detail)) if key == HANDOFF_REASON_SLOT:
                    handoff = replace(handoff, detail=detail)
                case SlotSet(key=key, value=str(name)) if key == CUSTOMER_NAME_SLOT:
                    handoff = replace(handoff, customer_name=name)
                case ConversationPaused():
                    await queue.request(_wished(replace(handoff, at=at), event))
                case ConversationResumed() | Restarted():
                    await queue.withdraw(conversation_id, at=at)
                case _:
                    pass
        await queue.heard(conversation_id, events, channel=channel, at=now)


def _wished(handoff: Handoff, pause: ConversationPaused) -> Handoff:
    """Return the handoff with what the bot said about it."""
    said = pause.metadata.get(HANDOFF_KEY)
    if not isinstance(said, Mapping):
        return handoff
    return replace(
        handoff,
        reason=str(said.get("reason") or handoff.reason),
        detail=str(said.get("detail") or handoff.detail),
        by=str(said.get("by") or handoff.by),
        wishes=dict(said),
    )


def _left(handoff: Handoff, left: Any, at: float) -> Handoff:
    """Return the handoff of a message that somebody left, to be answered elsewhere."""
    said = left if isinstance(left, Mapping) else {}
    return replace(
        handoff,
        at=at,
        by="customer",
        is_left=True,
        reason="left_message",
        detail=" · ".join(str(said[key]) for key in ("name", "contact") if said.get(key)),
        customer_name=said.get("name") or handoff.customer_name,
        wishes=dict(said),
    )


def _shortened(text: str) -> str:
    limit = _LAST_MESSAGE_LENGTH
    return text if len(text) <= limit else text[: limit - 1] + "…"
