"""What texts and numbers may be, and the errors that the library has in common."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from kefu.core.naming import has_unseen
from kefu.errors import Conflict, DeskError

__all__ = [
    "MAX_NAME",
    "bad",
    "changed_meanwhile",
    "checked_line",
    "checked_text",
    "no_such",
    "taken",
    "too_many",
]

MAX_NAME: Final = 64
_LAYOUT: Final = frozenset("\n\r\t")


def checked_line(text: str, field: str, *, most: int = MAX_NAME, least: int = 1) -> str:
    """Return a line of text without spaces around it.

    Raises:
        DeskError: It is empty, too long, or holds what cannot be seen (400).
    """
    shown = unicodedata.normalize("NFC", text).strip()
    if not least <= len(shown) <= most:
        message = f"{field} has {least} to {most} characters"
        raise bad(message, field, why="length", least=least, most=most)
    if has_unseen(shown):
        raise bad(f"{field} holds characters that cannot be seen", field, why="unseen")
    return shown


def checked_text(text: str, field: str, *, most: int, least: int = 1) -> str:
    """Return text of several lines as it is.

    Raises:
        DeskError: It is empty but for spaces, too long, or holds what is no text (400).
    """
    if len(text) > most or len(text.strip()) < least:
        message = f"{field} has {least} to {most} characters"
        raise bad(message, field, why="length", least=least, most=most)
    if any(
        unicodedata.category(character) in {"Cc", "Cs"} and character not in _LAYOUT
        for character in text
    ):
        raise bad(f"{field} holds control characters", field, why="unseen")
    return text


def bad(message: str, field: str, *, why: str, **values: Any) -> DeskError:
    """Return the error for a field that is not good.

    Args:
        message: What would be right, in English.
        field: Its name.
        why: The same as a stable name, which screens say in their language.
        values: What stands in it, such as the least length.
    """
    details = {"why": why, **values}
    return DeskError("bad-field", message, status=400, field=field, details=details)


def no_such(what: str) -> DeskError:
    """Return the error for what is not there."""
    return DeskError("not-found", f"there is no such {what}", status=404)


def taken(what: str, field: str = "name") -> DeskError:
    """Return the error for a name that another one has."""
    return DeskError(
        "name-taken",
        f"another {what} has that {field}, whatever its case and width",
        status=409,
        field=field,
    )


def too_many(what: str, most: int) -> DeskError:
    """Return the error for one more than can be kept."""
    return DeskError(
        "too-many-kept",
        f"there are {most} {what} already, which is the most: remove some first",
        status=409,
    )


def changed_meanwhile(what: str) -> Conflict:
    """Return the error for a version that is not the stored one."""
    return Conflict(
        f"the {what.replace('_', ' ')} was changed by somebody else meanwhile; load it again"
    )
