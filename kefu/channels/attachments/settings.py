"""What is taken, and how long it can be fetched."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_TYPES", "AttachmentSettings"]

DEFAULT_TYPES = (
    "image/*",
    "audio/*",
    "video/*",
    "application/pdf",
    "application/zip",
    "application/msword",
    "application/vnd.*",
    "text/plain",
    "text/csv",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentSettings:
    """Limits of the attachment store."""

    max_bytes: int = 20 * 1024 * 1024
    types: tuple[str, ...] = DEFAULT_TYPES
    """Types that are taken; ``image/*`` stands for all pictures."""
    public_url: str = ""
    """Where customers reach the server, such as ``https://chat.example.com``; links to attachments
    are paths without it."""

    def takes(self, content_type: str) -> bool:
        """Whether files of ``content_type`` are taken."""
        return any(
            content_type == wanted
            or (wanted.endswith("*") and content_type.startswith(wanted[:-1]))
            for wanted in self.types
        )
