"""A tracker as Rasa's HTTP API and action protocol show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kefu.core.codec import encode_event
from kefu.core.events import Event
from kefu.core.state import ConversationState
from kefu.core.tracker import Tracker

__all__ = ["tracker_as_json"]


def tracker_as_json(tracker: Tracker, events: Iterable[Event] | None) -> dict[str, Any]:
    """Return the state of ``tracker`` with ``events``; None leaves them out."""
    state = tracker.state
    return {
        "sender_id": tracker.conversation_id,
        "slots": dict(state.slots),
        "latest_message": _latest_message(state),
        "latest_event_time": tracker.events[-1].timestamp if tracker.events else None,
        "followup_action": state.followup_action,
        "paused": state.is_paused,
        "events": None if events is None else [encode_event(event) for event in events],
        "latest_input_channel": tracker.latest_input_channel,
        "active_loop": _active_loop(state),
        "latest_action": dict(state.latest_action),
        "latest_action_name": state.latest_action_name,
    }


def _latest_message(state: ConversationState) -> dict[str, Any]:
    message = state.latest_message
    if message is None:
        return {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}}
    return {
        "message_id": message.message_id,
        "metadata": dict(message.metadata),
        **message.parse_data,
        "entities": [dict(entity) for entity in message.entities],
    }


def _active_loop(state: ConversationState) -> dict[str, Any]:
    loop = state.active_loop
    if loop is None:
        return {}
    return {
        "name": loop.name,
        "is_interrupted": loop.is_interrupted,
        "rejected": loop.rejected,
        "trigger_message": loop.trigger_message,
    }
