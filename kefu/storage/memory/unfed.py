"""What feeds have not been given yet, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from kefu.gateway.feeding import UnfedStretch
from kefu.storage.memory.records import Shelf

__all__ = ["MemoryUnfed"]


class MemoryUnfed:
    """Keeps stretches of logs; see :class:`kefu.gateway.feeding.Unfed`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def next(self, feed: str, *, limit: int) -> Sequence[UnfedStretch]:
        """Return the first stretches in the order of their commits."""
        found = []
        for number, kept in islice(self._of(feed), limit):
            _, conversation_id, first, last = kept
            entries = self._shelf.conversations[conversation_id].entries[first - 1 : last]
            found.append(
                UnfedStretch(id=number, conversation_id=conversation_id, entries=tuple(entries))
            )
        return found

    async def forget(self, ids: Sequence[int]) -> None:
        """Forget stretches that were given."""
        for number in ids:
            self._shelf.unfed.pop(number, None)

    async def count(self, feed: str) -> int:
        """Return how many stretches wait."""
        return len(list(self._of(feed)))

    def _of(self, feed: str) -> list[tuple[int, tuple[str, str, int, int]]]:
        return [(number, kept) for number, kept in self._shelf.unfed.items() if kept[0] == feed]
