"""Ids that cannot be guessed, what names are compared by, and characters that cannot be seen."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

__all__ = ["has_unseen", "is_id", "key_of", "new_id"]

_ID_LENGTH: Final = 20
_ID_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_ID_SET: Final = frozenset(_ID_LETTERS)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def new_id(prefix: str) -> str:
    """Return a new id, such as ``a_…``, that cannot be guessed."""
    return f"{prefix}_{''.join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))}"


def is_id(text: str, prefix: str) -> bool:
    """Whether ``text`` looks like an id that :func:`new_id` made."""
    letters = text.removeprefix(f"{prefix}_")
    return len(letters) == _ID_LENGTH == len(text) - len(prefix) - 1 and set(letters) <= _ID_SET


def key_of(text: str) -> str:
    """Return what a name is compared by: ``ＡＬＩＣＥ`` and ``alice`` are the same."""
    folded = unicodedata.normalize("NFKC", text.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)


def has_unseen(text: str) -> bool:
    """Whether a line holds control characters, or those that turn the direction of writing."""
    return any(unicodedata.category(character) in _UNSEEN for character in text)
