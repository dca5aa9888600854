"""Visits, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kefu.customers.records import Visit

__all__ = ["MemoryVisits"]


class MemoryVisits:
    """Keeps visits; see :class:`kefu.customers.ports.VisitStore`."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}

    async def begin(self, visit: Visit, *, keep: int) -> None:
        """Add a visit and drop old ones."""
        self._visits[visit.visit_id] = visit
        for old in self._of(visit.conversation_id)[keep:]:
            del self._visits[old.visit_id]

    async def change_latest(
        self, conversation_id: str, change: Callable[[Visit], Visit]
    ) -> Visit | None:
        """Change the newest visit of a conversation."""
        for visit in self._of(conversation_id)[:1]:
            changed = change(visit)
            kept = replace(visit, body=changed.body, seen_at=changed.seen_at)
            self._visits[visit.visit_id] = kept
            return kept
        return None

    async def of(self, conversation_ids: Sequence[str], *, limit: int) -> Sequence[Visit]:
        """Return the newest visits of some conversations."""
        found = [visit for which in conversation_ids for visit in self._of(which)]
        return sorted(found, key=lambda visit: -visit.begun_at)[:limit]

    async def drop(self, conversation_ids: Sequence[str]) -> None:
        """Forget all visits of some conversations."""
        for conversation_id in conversation_ids:
            for visit in self._of(conversation_id):
                del self._visits[visit.visit_id]

    def rename(self, conversation_id: str, new_id: str) -> None:
        """Give a conversation another id."""
        for visit in self._of(conversation_id):
            self._visits[visit.visit_id] = replace(visit, conversation_id=new_id)

    def _of(self, conversation_id: str) -> list[Visit]:
        """Return the visits of a conversation, newest first."""
        found = [v for v in self._visits.values() if v.conversation_id == conversation_id]
        return found[::-1]
