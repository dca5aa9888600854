"""The hot cache in memory: what Redis does, for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kefu.gateway.records import Head, LogEntry, Snapshot, StoredConversation

__all__ = ["MemoryCache"]


@dataclass(slots=True)
class _Kept:
    head: Head
    entries: list[LogEntry]
    begin: int
    """Entries behind this ``seq`` are all here."""
    is_whole: bool = False
    snapshot: Snapshot | None = None


class MemoryCache:
    """Keeps states; see :class:`kefu.gateway.coordination.StateCache`."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    async def get(
        self, conversation_id: str, *, after: int | None = None
    ) -> StoredConversation | None:
        """Return what a turn needs, or what came behind ``after``."""
        kept = self._kept.get(conversation_id)
        if kept is None:
            return None
        if after is None:
            entries = tuple(kept.entries)
            whole = StoredConversation(head=kept.head, snapshot=kept.snapshot, entries=entries)
            return whole if kept.is_whole else None
        if kept.begin > after:
            return None
        tail = tuple(entry for entry in kept.entries if entry.seq > after)
        return StoredConversation(head=kept.head, snapshot=None, entries=tail)

    def put(self, conversation_id: str, stored: StoredConversation) -> None:
        """Keep all of a conversation."""
        begin = stored.snapshot.seq if stored.snapshot else 0
        self._kept[conversation_id] = _Kept(
            stored.head, list(stored.entries), begin, is_whole=True, snapshot=stored.snapshot
        )

    def append(
        self,
        conversation_id: str,
        head: Head,
        entries: Sequence[LogEntry],
        *,
        before: Head,
        begins_anew: bool,
    ) -> None:
        """Add what a commit added."""
        kept = self._kept.get(conversation_id)
        if kept is None or begins_anew or kept.head.version != before.version:
            kept = self._kept[conversation_id] = _Kept(
                head, [], before.last_seq, is_whole=before.version == 0
            )
        kept.head = head
        kept.entries.extend(entries)
