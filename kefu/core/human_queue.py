"""The port to whoever keeps the customers that wait for a human: Kefu's own desk, or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kefu.core.events import Event

__all__ = ["Handoff", "HumanQueue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A conversation in which a human is wanted."""

    conversation_id: str
    channel: str
    """Name of the channel that the customer wrote on."""
    at: float
    """When it was asked for: seconds since the epoch (UTC)."""
    reason: str = "other"
    """Code of :mod:`kefu.core.handoff`."""
    detail: str = ""
    """The reason in words that an agent understands at a glance."""
    by: str = "bot"
    """Who asked for it: ``bot``, ``customer``, or an agent's id."""
    is_left: bool = False
    """Whether the customer left a message, and does not wait."""
    customer_name: str | None = None
    last_message: str = ""
    """What the customer wrote last, shortened."""
    wishes: Mapping[str, Any] = field(default_factory=dict)
    """What the bot said about who should answer: ``skills``, ``group``, ``intent`` ..."""


class HumanQueue(Protocol):
    """What the bot's side tells the humans' side. Everything may be told twice.

    A conversation that waits is known by its id. What agents say comes back through
    :meth:`kefu.gateway.gateway.Gateway.agent_says`, and ``change_owner`` gives it back to the bot.
    """

    async def request(self, handoff: Handoff) -> None:
        """Let a conversation wait for a human, if it does not yet."""
        ...

    async def withdraw(self, conversation_id: str, *, at: float) -> None:
        """Let it wait no longer: the customer left, or the bot goes on."""
        ...

    async def heard(
        self, conversation_id: str, events: Sequence[Event], *, channel: str, at: float
    ) -> None:
        """Take note of what happened in a conversation that the bot does not have to itself."""
        ...

    async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the waiting conversations as JSON objects, the first in line first.

        Each has ``conversation_id``, ``reason``, ``channel``, ``customer_name``, ``since``
        (ISO 8601), ``state`` and ``last_message``.
        """
        ...
