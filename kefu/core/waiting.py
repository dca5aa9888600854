"""A conversation that waits for a human agent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["WaitingConversation", "WaitingState"]

WaitingState = Literal["waiting", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingConversation:
    """One entry of the human queue: who waits, since when and why."""

    conversation_id: str
    reason: str
    """Why the bot handed over, in words an agent understands at a glance."""
    channel: str
    """Name of the channel the customer wrote on."""
    since: float
    """When the waiting began: seconds since the epoch (UTC)."""
    customer_name: str | None = None
    last_message: str = ""
    """What the customer wrote last, shortened."""
    state: WaitingState = "waiting"
    closed_at: float | None = None
