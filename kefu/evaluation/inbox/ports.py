"""What the trainer's inbox reads messages from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kefu.evaluation.replay.ports import Archive

__all__ = ["MessageLog"]


class MessageLog(Archive, Protocol):
    """Past conversations, and what came to them since a position of all logs."""

    async def end(self) -> int:
        """Return the position of the last entry of all logs; 0: there is none."""
        ...

    async def tail(self, *, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return up to ``limit`` positions above ``after``, ascending, with their conversations."""
        ...
