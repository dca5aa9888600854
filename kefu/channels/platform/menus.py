"""The menu a customer was sent last, where the platform tells which entry was tapped.

What is written is understood by :func:`kefu.channels.showing.meant` from the log, in the next
message only. A tap means its entry however much was said since.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kefu.channels.base import ChannelState
from kefu.core.contents import Choice

__all__ = ["SentMenus"]

REMEMBERED_SECONDS = 172_800.0


class SentMenus:
    """The last menu of each customer of one account, for all processes."""

    def __init__(self, state: ChannelState, *, name: str) -> None:
        self._state = state
        self._name = name

    async def remember(self, customer: str, choices: Sequence[Choice]) -> None:
        """Let ``choices`` be what the customer can tap."""
        pairs = [[choice.title, choice.payload] for choice in choices]
        body = msgspec.json.encode(pairs).decode()
        await self._state.put(self._key(customer), body, expires_in=REMEMBERED_SECONDS)

    async def tapped(self, customer: str, title: str) -> Choice | None:
        """Return the choice whose title was tapped; None if it is of an older menu."""
        stored = await self._state.get(self._key(customer))
        if stored is None:
            return None
        pairs = msgspec.json.decode(stored.value)
        found = next((pair for pair in pairs if pair[0] == title), None)
        return None if found is None else Choice(title=found[0], payload=found[1])

    def _key(self, customer: str) -> str:
        return f"menu:{self._name}:{customer}"
