"""Accounts of agents, and what their names look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.naming import has_unseen, key_of
from kefu.errors import StaffError
from kefu.staff.permissions import ROLES, Actor, Permission, Role

__all__ = [
    "Account",
    "Named",
    "NamedKind",
    "actor_of",
    "checked_avatar",
    "checked_name",
    "checked_text",
    "is_login_key",
    "key_of",
    "login_key",
    "number_key",
]

MAX_NAME: Final = 64
MAX_SESSIONS: Final = 100
# Latin and Chinese only: a login that looks like another one must be the other one.
_LOGIN: Final = re.compile(
    r"[a-z0-9\u4e00-\u9fff](?:[a-z0-9._@+\-\u4e00-\u9fff]{0,62}[a-z0-9\u4e00-\u9fff])?"
)
_NUMBER: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,30}[a-z0-9])?")
_AVATAR: Final = re.compile(r"(?:https://[^\s\"'<>\\]+|/(?!/)[^\s\"'<>\\]*)")

NamedKind = str
"""``group`` or ``skill``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An agent's account."""

    account_id: str
    staff_number: str
    """工号, as it is shown; unique without regard to case and width."""
    login: str
    """What they sign in with; unique in the same way."""
    display_name: str
    avatar: str = ""
    """``https://`` address or path of a picture."""
    languages: tuple[str, ...] = ()
    """ISO 639 codes that they answer in."""
    skills: Mapping[str, int] = field(default_factory=dict)
    """Name of a skill -> level, 1 to 5."""
    groups: tuple[str, ...] = ()
    """Ids of the groups that they belong to."""
    max_sessions: int = 5
    """How many conversations they have at a time at most."""
    role: Role = Role.AGENT
    permissions: frozenset[Permission] = frozenset()
    """What they may do besides what their role says."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the workbench remembers for them."""
    is_active: bool = True
    is_removed: bool = False
    """Whether only its name is left."""
    is_demo: bool = False
    """Whether it is one of ``kefu run --demo``, and is to be shut at a start without it."""
    password_hash: str | None = field(default=None, repr=False)
    """None: nobody can sign in before a one-time link was used."""
    created_at: float
    changed_at: float
    version: int = 1

    @property
    def is_ruling(self) -> bool:
        """Whether it is an administrator who can sign in."""
        return self.role is Role.ADMIN and self.is_active and self.password_hash is not None

    @property
    def held(self) -> frozenset[Permission]:
        """Everything that they may do."""
        return ROLES[self.role] | self.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A group or a skill."""

    kind: NamedKind
    named_id: str
    """``g_…`` of a group; a skill's id is its name, which the project's files use as well."""
    name: str
    description: str = ""
    created_at: float
    version: int = 1


def actor_of(account: Account) -> Actor:
    """Return the account as one who asks for something."""
    return Actor(
        account_id=account.account_id,
        name=account.display_name,
        permissions=account.held,
        groups=frozenset(account.groups),
    )


def is_login_key(key: str) -> bool:
    """Whether a login can have that key."""
    return _LOGIN.fullmatch(key) is not None


def login_key(text: str) -> str:
    """Return what a login is compared by.

    Raises:
        StaffError: It is none.
    """
    key = key_of(text)
    if not is_login_key(key):
        raise StaffError(
            "a login has 1 to 64 letters (Latin or Chinese) and digits, . _ - + @ between them",
            problem="bad-login",
            status=400,
        )
    return key


def number_key(text: str) -> str:
    """Return what a staff number is compared by.

    Raises:
        StaffError: It is none.
    """
    key = key_of(text)
    if not _NUMBER.fullmatch(key):
        raise StaffError(
            "a staff number has 1 to 32 letters and digits, with . _ - between them",
            problem="bad-staff-number",
            status=400,
        )
    return key


def checked_text(text: str, what: str, *, most: int = MAX_NAME, least: int = 1) -> str:
    """Return ``text`` without spaces around it.

    Raises:
        StaffError: It is empty, too long, or holds what cannot be seen: control characters and
            those that turn the direction of writing.
    """
    shown = unicodedata.normalize("NFC", text).strip()
    if not least <= len(shown) <= most:
        message = f"{what} has {least} to {most} characters"
        details = {"why": "length", "least": least, "most": most}
        raise StaffError(message, problem="bad-text", status=400, details=details)
    if has_unseen(shown):
        raise StaffError(
            f"{what} holds characters that cannot be seen",
            problem="bad-text",
            status=400,
            details={"why": "unseen"},
        )
    return shown


def checked_name(text: str) -> str:
    """Return a name that people are shown; it is text, never markup."""
    return checked_text(text, "a name")


def checked_avatar(text: str) -> str:
    """Return the address of a picture, or nothing.

    Raises:
        StaffError: It is no such address.
    """
    if text and (len(text) > 500 or not _AVATAR.fullmatch(text)):
        raise StaffError(
            "an avatar is an https:// address or a path of this server",
            problem="bad-avatar",
            status=400,
        )
    return text
