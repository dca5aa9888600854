"""Trackers as actions get them."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

__all__ = ["tracker_with"]


def tracker_with(
    slots: dict[str, Any] | None = None, *, message_id: str = "m1", **message: Any
) -> Tracker:
    """Return a conversation with ``slots`` in which ``message`` was just said."""
    said = {"message_id": message_id, "text": "", "entities": [], "intent": {"name": None}}
    return Tracker("c1", slots or {}, {**said, **message}, [], False, None, {}, "action_listen")
