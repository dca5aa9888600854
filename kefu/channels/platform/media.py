"""Files on their way between a platform's media store and ours."""

from __future__ import annotations

from collections.abc import Mapping

from kefu.channels.base import Attachments
from kefu.channels.platform.calls import Downloaded, PlatformCalls
from kefu.core.contents import File, Image, Video, Voice
from kefu.errors import ChannelError, Refused

__all__ = ["NO_MEDIA", "FileContent", "PlatformMedia"]

FileContent = Image | Voice | Video | File
"""The contents that are a file."""

NO_SUCH_MEDIA = 40007
NO_MEDIA = frozenset({40004, 40005, 40006, 40009, 48001})
"""The platform will not take a file: wrong type or size, or none of this account."""
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "audio/amr": ".amr",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
}


class PlatformMedia:
    """Brings files in and out.

    Args:
        calls: The account's API; ``/cgi-bin/media/get`` and ``/cgi-bin/media/upload`` of it.
        attachments: Our store; None: files stay where they are.
        limits: Kind -> the largest file that the platform takes, in bytes.
    """

    def __init__(
        self,
        calls: PlatformCalls,
        attachments: Attachments | None,
        *,
        limits: Mapping[str, int],
    ) -> None:
        self._calls = calls
        self._attachments = attachments
        self._limits = limits

    async def fetch(
        self, media_id: str, *, kind: str, conversation_id: str, name: str | None = None
    ) -> str | None:
        """Keep a file that a customer sent; return our id of it.

        None: there is no store, or the platform does not have the file any more.

        Raises:
            ChannelError: It cannot be had at the moment, or is of a size or type we do not keep.
        """
        if self._attachments is None:
            return None
        limit = max(self._limits.values())
        got = await self._calls.download(
            "/cgi-bin/media/get", query={"media_id": media_id}, max_bytes=limit
        )
        if not isinstance(got, Downloaded):
            if got.errcode == NO_SUCH_MEDIA:
                return None
            address = got.require().get("video_url")
            if not isinstance(address, str):
                raise ChannelError("/cgi-bin/media/get: neither a file nor an address")
            got = await self._calls.download_from(address, max_bytes=limit)
        if not isinstance(got, Downloaded):
            got.require()
            raise ChannelError("the address of a video gave no file")
        stored = await self._attachments.put(
            got.data,
            name=name or got.name or f"{kind}{SUFFIXES.get(got.content_type, '')}",
            declared_type=got.content_type,
            conversation_id=conversation_id,
        )
        return stored.attachment_id

    async def give(self, attachment_id: str, *, kind: str) -> str:
        """Upload a file of ours; return the platform's id of it.

        Raises:
            Refused: There is no such file, or the platform does not take it.
            ChannelError: It cannot be uploaded at the moment.
        """
        found = await self._attachments.get(attachment_id) if self._attachments else None
        if found is None:
            raise Refused(f"there is no attachment {attachment_id!r}")
        attachment, data = found
        limit = self._limits.get(kind, 0)
        if len(data) > limit:
            raise Refused(f"the platform takes a {kind} of at most {limit} bytes")
        file = Downloaded(data=data, content_type=attachment.content_type, name=attachment.name)
        answer = await self._calls.upload("/cgi-bin/media/upload", file, query={"type": kind})
        media_id = answer.require(refused=NO_MEDIA).get("media_id")
        if not isinstance(media_id, str):
            raise ChannelError("/cgi-bin/media/upload: the answer has no media_id")
        return media_id
