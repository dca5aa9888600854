"""A file that somebody sent, without its bytes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is kept; its bytes are elsewhere."""

    attachment_id: str
    """Random, and the name under which the bytes are kept."""
    conversation_id: str
    name: str
    """What the sender calls it, without folders and control characters."""
    content_type: str
    size: int
    """In bytes."""
    created_at: float
