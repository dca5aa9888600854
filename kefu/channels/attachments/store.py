"""The attachment store: checks, names, keeps and finds files."""

from __future__ import annotations

import secrets
from typing import Protocol

from kefu.channels.attachments.links import Links
from kefu.channels.attachments.settings import AttachmentSettings
from kefu.channels.attachments.sniffing import EXTENSIONS, UNKNOWN, sniffed
from kefu.clock import Clock
from kefu.core.attachments import Kept
from kefu.errors import AttachmentRefused

__all__ = ["AttachmentRecords", "AttachmentStore", "Files"]

MAX_NAME_LENGTH = 120
_ID_BYTES = 18


class Files(Protocol):
    """Keeps bytes under names."""

    async def put(self, name: str, data: bytes) -> None:
        """Keep ``data``; it is there, whole, when this returns."""
        ...

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under ``name``; None: nothing."""
        ...

    async def delete(self, name: str) -> None:
        """Forget what is kept under ``name``, if anything is."""
        ...


class AttachmentRecords(Protocol):
    """Keeps what is known of files."""

    async def add(self, kept: Kept) -> None:
        """Remember a file."""
        ...

    async def get(self, attachment_id: str) -> Kept | None:
        """Return what is known of a file; None when there is none of that id."""
        ...

    async def of_conversation(self, conversation_id: str) -> list[Kept]:
        """Return a conversation's files, oldest first."""
        ...

    async def drop(self, conversation_id: str) -> None:
        """Forget what is known of a conversation's files."""
        ...


class AttachmentStore:
    """What :class:`kefu.channels.base.ChannelContext` calls ``attachments``."""

    def __init__(
        self,
        files: Files,
        records: AttachmentRecords,
        links: Links,
        clock: Clock,
        settings: AttachmentSettings | None = None,
    ) -> None:
        self._files = files
        self._records = records
        self._clock = clock
        self.links = links
        self.settings = settings or AttachmentSettings()

    @property
    def max_bytes(self) -> int:
        """How large a file may be."""
        return self.settings.max_bytes

    @property
    def types(self) -> tuple[str, ...]:
        """Types that are taken."""
        return self.settings.types

    async def put(
        self, data: bytes, *, name: str | None, declared_type: str | None, conversation_id: str
    ) -> Kept:
        """Keep a file.

        Raises:
            AttachmentRefused: It is empty, too large, or of a type that is not taken.
        """
        if not data:
            raise AttachmentRefused("the file is empty", status=400, details={"why": "empty-file"})
        if len(data) > self.settings.max_bytes:
            limit = self.settings.max_bytes / (1024 * 1024)
            details = {"why": "large-file", "most": f"{limit:g}"}
            message = f"the file is larger than {limit:g} MB"
            raise AttachmentRefused(message, status=413, details=details)
        content_type = sniffed(data, name=name, declared_type=declared_type)
        if not self.settings.takes(content_type):
            shown = "of unknown type" if content_type == UNKNOWN else f"of type {content_type}"
            details = {"why": "file-type"}
            raise AttachmentRefused(f"files {shown} are not taken", status=415, details=details)
        extension = EXTENSIONS.get(content_type, "")
        kept = Kept(
            attachment_id=secrets.token_urlsafe(_ID_BYTES) + extension,
            conversation_id=conversation_id,
            name=_named(name, extension),
            content_type=content_type,
            size=len(data),
            created_at=self._clock.now(),
        )
        await self._files.put(kept.attachment_id, data)
        await self._records.add(kept)
        return kept

    async def find(self, attachment_id: str) -> Kept | None:
        """Return what is known of a file."""
        return await self._records.get(attachment_id)

    async def get(self, attachment_id: str) -> tuple[Kept, bytes] | None:
        """Return a file; None when there is none of that id."""
        kept = await self._records.get(attachment_id)
        data = None if kept is None else await self._files.get(kept.attachment_id)
        return None if kept is None or data is None else (kept, data)

    async def forget(self, conversation_id: str) -> None:
        """Delete a conversation's files; their links lead nowhere from now on."""
        for kept in await self._records.of_conversation(conversation_id):
            await self._files.delete(kept.attachment_id)
        await self._records.drop(conversation_id)

    async def fetch(
        self, attachment_id: str, *, expires: str, signature: str
    ) -> tuple[Kept, bytes] | None:
        """Return a file to whoever shows a good link; None: the link is not, or no longer, good."""
        if not self.links.is_good(attachment_id, expires=expires, signature=signature):
            return None
        return await self.get(attachment_id)

    def link(self, attachment_id: str, *, seconds: float = 3600) -> str:
        """Return an address at which the file can be had for ``seconds``."""
        return self.links.to(attachment_id, seconds=seconds)


def _named(name: str | None, extension: str) -> str:
    """Return a name that can stand in a header and on a page."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    clean = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(". ")
    if len(clean) > MAX_NAME_LENGTH:
        clean = clean[-MAX_NAME_LENGTH:]
    return clean or f"attachment{extension}"
