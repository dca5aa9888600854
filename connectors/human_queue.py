"""The human queue: conversations that the bot handed over and that wait for an agent.

Named in endpoints.yml. This one puts them into Kefu's own desk, at ``/desk``; a class with the same
methods can put them into another one (docs/howto/use_another_desk.md shows Chatwoot).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from kefu.core.events import Event
from kefu.core.human_queue import Handoff
from kefu.core.human_queue import HumanQueue as Queue

__all__ = ["HumanQueue"]


class HumanQueue:
    """Hands everything on to Kefu's desk."""

    def __init__(self, desk: Queue) -> None:
        self._desk = desk

    @classmethod
    def from_settings(cls, settings: dict[str, Any], *, desk: Queue) -> Self:  # noqa: ARG003
        """Build the adapter; ``settings`` is the rest of its section in endpoints.yml."""
        return cls(desk)

    async def request(self, handoff: Handoff) -> None:
        """Let a conversation wait for an agent, if it does not yet."""
        await self._desk.request(handoff)

    async def withdraw(self, conversation_id: str, *, at: float) -> None:
        """Let it wait no longer."""
        await self._desk.withdraw(conversation_id, at=at)

    async def heard(
        self, conversation_id: str, events: Sequence[Event], *, channel: str, at: float
    ) -> None:
        """Take note of what happened in a conversation that the bot does not have to itself."""
        await self._desk.heard(conversation_id, events, channel=channel, at=at)

    async def waiting(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the waiting conversations as JSON objects, the first in line first."""
        return await self._desk.waiting(limit)
