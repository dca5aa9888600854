"""What a replay reads conversations from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kefu.evaluation.replay.recording import Entry

__all__ = ["Archive"]


class Archive(Protocol):
    """Past conversations; reading is all that it can do."""

    async def listed(self, *, after: str, since: float, limit: int) -> Sequence[str]:
        """Return ids above ``after``, ascending, of what changed at ``since`` or later."""
        ...

    async def entries(self, conversation_id: str, *, after: int, limit: int) -> Sequence[Entry]:
        """Return up to ``limit`` entries of a log with a place above ``after``, ascending."""
        ...
