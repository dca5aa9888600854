"""What is known of attachments, in memory."""

from __future__ import annotations

from kefu.core.attachments import Kept

__all__ = ["MemoryAttachments"]


class MemoryAttachments:
    """Keeps records; see :class:`kefu.channels.attachments.store.AttachmentRecords`."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    async def add(self, kept: Kept) -> None:
        """Remember a file."""
        self._kept[kept.attachment_id] = kept

    async def get(self, attachment_id: str) -> Kept | None:
        """Return what is known of a file."""
        return self._kept.get(attachment_id)

    async def of_conversation(self, conversation_id: str) -> list[Kept]:
        """Return a conversation's files, oldest first."""
        found = (kept for kept in self._kept.values() if kept.conversation_id == conversation_id)
        return sorted(found, key=lambda kept: (kept.created_at, kept.attachment_id))

    async def drop(self, conversation_id: str) -> None:
        """Forget what is known of a conversation's files."""
        for kept in await self.of_conversation(conversation_id):
            del self._kept[kept.attachment_id]
