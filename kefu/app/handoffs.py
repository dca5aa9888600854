"""Tells the human queue what the bot's side committed: who wants a human, who no longer does.

A :class:`kefu.gateway.ports.Follower`. Being told twice changes nothing, so a conversation whose
commit was not told because the process died is told again at the next start.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.app.settings import AppSettings
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
from kefu.core.names import CUSTOMER_NAME_SLOT, HANDOFF_KEY, HANDOFF_REASON_SLOT, LEFT_MESSAGE_KEY
from kefu.errors import ProjectError

__all__ = ["Handoffs", "human_queue_of"]

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


def human_queue_of(settings: AppSettings, desk: HumanQueue) -> HumanQueue | None:
    """Return the queue that endpoints.yml names, which hands on to ``desk`` or another one.

    Raises:
        ProjectError: It cannot be had.
    """
    section = settings.endpoints.extra.get("human_queue")
    if not section:
        return None
    name = section.get("name") if isinstance(section, dict) else None
    if not isinstance(name, str) or "." not in name:
        raise ProjectError(
            "endpoints.yml: human_queue needs the path of a class —"
            " for example  name: connectors.human_queue.HumanQueue"
        )
    module_name, _, class_name = name.rpartition(".")
    own = {key: value for key, value in section.items() if key != "name"}
    try:
        module = importlib.import_module(module_name)  # noqa: TID251 - the project names the class
        queue: HumanQueue = getattr(module, class_name).from_settings(own, desk=desk)
    except (ImportError, AttributeError) as error:
        raise ProjectError(
            f"endpoints.yml: human_queue {name!r} cannot be loaded: {error}"
        ) from error
    return queue


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
