"""Ids of what Kefu makes: a letter that tells what it is of, and 20 letters that nobody guesses."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

__all__ = ["id_of", "is_id", "new_id"]

_LENGTH: Final = 20
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_SET: Final = frozenset(_LETTERS)


def new_id(prefix: str) -> str:
    """Return a new id, such as ``a_…``, that cannot be guessed."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(_LENGTH))}"


def id_of(prefix: str, *parts: str) -> str:
    """Return the id of what ``parts`` name; the same parts give the same id."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return f"{prefix}_{''.join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_LENGTH])}"


def is_id(text: str, prefix: str) -> bool:
    """Whether ``text`` looks like an id that :func:`new_id` made."""
    letters = text.removeprefix(f"{prefix}_")
    return len(letters) == _LENGTH == len(text) - len(prefix) - 1 and set(letters) <= _SET
