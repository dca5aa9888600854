"""What names are compared by, and which characters cannot be seen."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["has_unseen", "key_of"]

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def key_of(text: str) -> str:
    """Return what a name is compared by: ``ＡＬＩＣＥ`` and ``alice`` are the same."""
    folded = unicodedata.normalize("NFKC", text.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)


def has_unseen(text: str) -> bool:
    """Whether a line holds control characters, or those that turn the direction of writing."""
    return any(unicodedata.category(character) in _UNSEEN for character in text)
