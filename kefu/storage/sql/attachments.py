"""What is known of attachments, in SQL."""

from __future__ import annotations

from kefu.core.attachments import Kept
from kefu.storage.sql.work import Database, Rows, Work

__all__ = ["SqlAttachments"]


class SqlAttachments:
    """Keeps records; see :class:`kefu.channels.attachments.store.AttachmentRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, kept: Kept) -> None:
        """Remember a file."""
        await self._database.write(lambda: _add(kept))

    async def get(self, attachment_id: str) -> Kept | None:
        """Return what is known of a file."""
        found = await self._database.read(lambda: _get(attachment_id))
        return found[0] if found else None

    async def of_conversation(self, conversation_id: str) -> list[Kept]:
        """Return a conversation's files, oldest first."""
        return await self._database.read(lambda: _of_conversation(conversation_id))

    async def drop(self, conversation_id: str) -> None:
        """Forget what is known of a conversation's files."""
        await self._database.write_once("drop_attachments", {"conversation_id": conversation_id})


def _add(kept: Kept) -> Work[None]:
    yield (
        "add_attachment",
        {
            "attachment_id": kept.attachment_id,
            "conversation_id": kept.conversation_id,
            "name": kept.name,
            "content_type": kept.content_type,
            "size": kept.size,
            "now": kept.created_at,
        },
    )


def _get(attachment_id: str) -> Work[list[Kept]]:
    return _kept((yield "find_attachment", {"attachment_id": attachment_id}))


def _of_conversation(conversation_id: str) -> Work[list[Kept]]:
    return _kept((yield "attachments_of", {"conversation_id": conversation_id}))


def _kept(rows: Rows) -> list[Kept]:
    return [
        Kept(
            attachment_id=row[0],
            conversation_id=row[1],
            name=row[2],
            content_type=row[3],
            size=row[4],
            created_at=row[5],
        )
        for row in rows
    ]
