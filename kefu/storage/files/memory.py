"""Files in memory."""

from __future__ import annotations

__all__ = ["MemoryFiles"]


class MemoryFiles:
    """Keeps files until the process ends."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, name: str, data: bytes) -> None:
        """Keep ``data``."""
        self._kept[name] = data

    async def get(self, name: str) -> bytes | None:
        """Return a file's bytes; None when there is none."""
        return self._kept.get(name)

    async def delete(self, name: str) -> None:
        """Forget a file."""
        self._kept.pop(name, None)
