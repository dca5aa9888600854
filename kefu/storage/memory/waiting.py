"""Conversations that wait for an agent, in memory."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace

from kefu.core.waiting import WaitingConversation

__all__ = ["MemoryWaitingQueue"]


class MemoryWaitingQueue:
    """Keeps waiting conversations; see :class:`kefu.storage.opened.WaitingQueue`."""

    def __init__(self) -> None:
        self._waiting: dict[str, WaitingConversation] = {}
        self._closed: builtins.list[WaitingConversation] = []

    async def open(self, entry: WaitingConversation) -> bool:
        """Add ``entry`` unless its conversation waits already."""
        if entry.conversation_id in self._waiting:
            return False
        self._waiting[entry.conversation_id] = replace(entry, state="waiting", closed_at=None)
        return True

    async def note(self, conversation_id: str, last_message: str) -> None:
        """Remember what a waiting customer wrote meanwhile."""
        entry = self._waiting.get(conversation_id)
        if entry is not None:
            self._waiting[conversation_id] = replace(entry, last_message=last_message)

    async def list(self, limit: int) -> Sequence[WaitingConversation]:
        """Return the waiting conversations, the longest waiting first."""
        return sorted(self._waiting.values(), key=lambda entry: entry.since)[:limit]

    async def close(self, conversation_id: str, closed_at: float) -> bool:
        """Close the open entry."""
        entry = self._waiting.pop(conversation_id, None)
        if entry is None:
            return False
        self._closed.append(replace(entry, state="closed", closed_at=closed_at))
        return True

    def erase(self, conversation_id: str) -> None:
        """Forget what was said and by whom, not that somebody waits."""
        entry = self._waiting.get(conversation_id)
        if entry is not None:
            bare = replace(entry, last_message="", customer_name=None)
            self._waiting[conversation_id] = bare
        self._closed = [
            replace(one, last_message="", customer_name=None)
            if one.conversation_id == conversation_id
            else one
            for one in self._closed
        ]

    def rename(self, conversation_id: str, new_id: str) -> None:
        """Give a conversation another id."""
        entry = self._waiting.pop(conversation_id, None)
        if entry is not None:
            self._waiting[new_id] = replace(entry, conversation_id=new_id)
