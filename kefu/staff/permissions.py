"""Who may do what: roles, fine permissions, and the one function that decides.

The HTTP API and the live feed both ask :func:`allows`; nothing else decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["MACHINE", "ROLES", "Actor", "Permission", "Role", "Subject", "allows", "may_grant"]


class Permission(StrEnum):
    """Something that somebody may do.

    Names that end in ``.mine``, ``.group`` and ``.all``, or ``.own`` and ``.shared``, are one
    permission of growing reach: who has the wider one has the narrower ones.
    """

    AGENTS_READ = "agents.read"
    AGENTS_MANAGE = "agents.manage"
    AUDIT_READ = "audit.read"
    BOARD_READ = "board.read"
    CANNED_EDIT_OWN = "canned.edit.own"
    CANNED_EDIT_SHARED = "canned.edit.shared"
    CUSTOMER_READ = "customer.read"
    CUSTOMER_EDIT = "customer.edit"
    CUSTOMER_MERGE = "customer.merge"
    CUSTOMER_BLOCK = "customer.block"
    CUSTOMER_TAG = "customer.tag"
    DESK_MANAGE = "desk.manage"
    EXPORT = "export"
    GROUPS_MANAGE = "groups.manage"
    HOURS_MANAGE = "hours.manage"
    REVIEW_DECIDE = "review.decide"
    SEARCH = "search"
    SESSION_READ_MINE = "session.read.mine"
    SESSION_READ_GROUP = "session.read.group"
    SESSION_READ_ALL = "session.read.all"
    SESSION_ANSWER = "session.answer"
    SESSION_ASSIGN = "session.assign"
    SESSION_CLAIM = "session.claim"
    SESSION_LISTEN = "session.listen"
    SESSION_TAKE_OVER = "session.take_over"
    SESSION_TRANSFER = "session.transfer"
    SESSION_WHISPER = "session.whisper"
    TRAINING_EDIT = "training.edit"
    WORDS_MANAGE = "words.manage"


class Role(StrEnum):
    """What an account is; each is a set of permissions."""

    AGENT = "agent"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    ADMIN = "admin"


P = Permission
_AGENT: Final = frozenset(
    {
        P.AGENTS_READ,
        P.CANNED_EDIT_OWN,
        P.CUSTOMER_READ,
        P.CUSTOMER_TAG,
        P.REVIEW_DECIDE,
        P.SEARCH,
        P.SESSION_ANSWER,
        P.SESSION_CLAIM,
        P.SESSION_READ_MINE,
        P.SESSION_READ_GROUP,
        P.SESSION_TRANSFER,
    }
)
_SENIOR: Final = _AGENT | {
    P.CANNED_EDIT_SHARED,
    P.CUSTOMER_BLOCK,
    P.CUSTOMER_EDIT,
    P.CUSTOMER_MERGE,
    P.EXPORT,
    P.SESSION_READ_ALL,
}
_SUPERVISOR: Final = _SENIOR | {
    P.BOARD_READ,
    P.DESK_MANAGE,
    P.GROUPS_MANAGE,
    P.HOURS_MANAGE,
    P.SESSION_ASSIGN,
    P.SESSION_LISTEN,
    P.SESSION_TAKE_OVER,
    P.SESSION_WHISPER,
    P.WORDS_MANAGE,
}
_TRAINER: Final = frozenset(
    {
        P.AGENTS_READ,
        P.CANNED_EDIT_OWN,
        P.CANNED_EDIT_SHARED,
        P.EXPORT,
        P.REVIEW_DECIDE,
        P.SEARCH,
        P.SESSION_READ_ALL,
        P.TRAINING_EDIT,
        P.WORDS_MANAGE,
    }
)

ROLES: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.AGENT: _AGENT,
    Role.SENIOR: _SENIOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.TRAINER: _TRAINER,
    Role.ADMIN: frozenset(Permission),
}

MACHINE: Final = frozenset(
    {
        P.AGENTS_READ,
        P.AUDIT_READ,
        P.BOARD_READ,
        P.CUSTOMER_READ,
        P.CUSTOMER_EDIT,
        P.CUSTOMER_MERGE,
        P.CUSTOMER_TAG,
        P.EXPORT,
        P.SEARCH,
        P.SESSION_READ_ALL,
    }
)
"""What whoever shows the token of the HTTP API may do. Accounts are not among it: a token that
leaks must not make administrators."""

_REACHES: Final = (
    (P.SESSION_READ_MINE, P.SESSION_READ_GROUP, P.SESSION_READ_ALL),
    (P.CANNED_EDIT_OWN, P.CANNED_EDIT_SHARED),
)
_WIDER: Final[Mapping[Permission, frozenset[Permission]]] = {
    name: frozenset(family[place:]) for family in _REACHES for place, name in enumerate(family)
}
_UNLIMITED: Final = frozenset({P.SESSION_READ_ALL, P.CANNED_EDIT_SHARED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: an agent who is signed in, or a machine."""

    account_id: str
    """Empty for a machine."""
    name: str
    permissions: frozenset[Permission]
    groups: frozenset[str] = frozenset()
    """Ids of the groups that the agent belongs to."""

    @property
    def is_machine(self) -> bool:
        """Whether no person stands behind it."""
        return not self.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What it is to be done to: a service session, a canned reply."""

    agent_id: str | None = None
    """Whose it is; None: nobody's yet."""
    group_id: str | None = None
    """The group it waits for, or belongs to; None: any."""
    invited: frozenset[str] = frozenset()
    """Agents who were asked to join."""


def allows(actor: Actor, permission: Permission, subject: Subject | None = None) -> bool:
    """Whether ``actor`` may do what ``permission`` names.

    Args:
        actor: Who asks.
        permission: What for.
        subject: To what; None: to anything at all, which is what decides about a whole list.
    """
    wider = _WIDER.get(permission, frozenset({permission}))
    held = wider & actor.permissions
    if not held or subject is None or permission not in _WIDER:
        return bool(held)
    if held & _UNLIMITED:
        return True
    if actor.account_id and actor.account_id in {subject.agent_id, *subject.invited}:
        return True
    is_free = subject.agent_id is None
    is_near = subject.group_id in actor.groups or (is_free and subject.group_id is None)
    return P.SESSION_READ_GROUP in held and is_near


def may_grant(actor: Actor, permissions: Iterable[Permission]) -> bool:
    """Whether ``actor`` may give ``permissions``: nobody gives, or takes, more than they have."""
    return P.AGENTS_MANAGE in actor.permissions and actor.permissions.issuperset(permissions)
