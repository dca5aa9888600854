"""The one way in which the desk changes: decide on what is, apply, tell; or decide again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from kefu.desk.changes import Applied, NoteLines, SetOwner, Step, Tell
from kefu.desk.ports import DeskStore, Door
from kefu.errors import Conflict

__all__ = ["Changing", "Decide"]

ATTEMPTS: Final = 6

Decide = Callable[[], Awaitable[Sequence[Step]]]
"""Reads what it needs and returns the steps; none: there is nothing to do."""


class Changing:
    """Applies decisions, and lets everybody know who has to.

    Attributes:
        wakes: Called after changes, with their steps: somebody may be assigned now, or due sooner.
    """

    def __init__(self, store: DeskStore, door: Door) -> None:
        self._store = store
        self._door = door
        self.wakes: list[Callable[[Sequence[Step]], None]] = []
        self.tells: list[Callable[[int], None]] = []
        """Called with the position of what was told last."""

    async def apply(self, steps: Sequence[Step]) -> Applied:
        """Apply steps once.

        Raises:
            Conflict: Something is not as it was decided on.
        """
        applied = await self._store.apply(steps)
        for tell in self.tells:
            tell(applied.position)
        for wake in self.wakes:
            wake(steps)
        for conversation_id in dict.fromkeys(
            step.conversation_id for step in steps if isinstance(step, SetOwner | NoteLines)
        ):
            await self._door.changed(conversation_id)
        return applied

    async def decide(self, decide: Decide) -> Applied | None:
        """Let ``decide`` look and say what to do, again and again until nobody came between.

        Returns:
            None if there was nothing to do.

        Raises:
            Conflict: Others change the same all the time.
        """
        attempts = 0
        while steps := await decide():
            try:
                return await self.apply(steps)
            except Conflict:
                attempts += 1
                if attempts == ATTEMPTS:
                    raise
        return None

    async def tell(self, *told: Tell) -> None:
        """Tell all screens something that changes nothing by itself."""
        await self.apply(told)
