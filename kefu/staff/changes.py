"""What a decision wants done to the staff's records: steps taken in order, all of them or none.

Stores take the lock of the audit log before steps that come with an entry, so that administrative
acts happen one after the other and what a step checks stays true until it is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kefu.errors import Conflict, StaffError
from kefu.staff.accounts import Account, Named, NamedKind
from kefu.staff.logins import Login
from kefu.staff.permissions import Role

__all__ = [
    "AddAccount",
    "AddInvitation",
    "AddLogin",
    "AddNamed",
    "AdminLeft",
    "ChangeAccount",
    "ChangeNamed",
    "DropNamed",
    "EndInvitations",
    "EndLogin",
    "EndLogins",
    "Invitation",
    "NoAdmin",
    "Rehash",
    "SetSettings",
    "Step",
    "UseInvitation",
    "changed_meanwhile",
    "in_use",
    "last_admin",
    "link_is_dead",
    "no_such",
    "not_first",
    "not_the_password",
    "taken",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time link, by which somebody chooses a password."""

    token_digest: str = field(repr=False)
    account_id: str | None
    """Whose password; None: it makes a new account."""
    role: Role
    """Of a new account."""
    is_setup: bool = False
    """Whether it makes the first administrator, and is dead when there is one."""
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class AddAccount:
    """Store an account that is new."""

    account: Account


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """Store an account again, all but its settings: its version is the one expected.

    One that is removed gives its login and its number back; its row stays, for its name.
    """

    account: Account


@dataclass(frozen=True, slots=True)
class Rehash:
    """Store a hash of the same password; nothing happens when there is another one by now."""

    account_id: str
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetSettings:
    """Store what the workbench remembers for somebody."""

    account_id: str
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AddLogin:
    """Sign somebody in, if the account is active and its password still the one looked at."""

    login: Login
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndLogin:
    """Sign one browser of an account out."""

    account_id: str
    login_id: str


@dataclass(frozen=True, slots=True)
class EndLogins:
    """Sign all browsers of an account out, but perhaps one."""

    account_id: str
    but: str = ""


@dataclass(frozen=True, slots=True)
class AddInvitation:
    """Store a link; older ones of its account are dead from now on."""

    invitation: Invitation


@dataclass(frozen=True, slots=True)
class UseInvitation:
    """Use a link up: exactly one who tries succeeds."""

    token_digest: str = field(repr=False)
    now: float


@dataclass(frozen=True, slots=True)
class EndInvitations:
    """Let all links of an account be dead."""

    account_id: str


@dataclass(frozen=True, slots=True)
class AddNamed:
    """Store a group or a skill that is new."""

    named: Named


@dataclass(frozen=True, slots=True)
class ChangeNamed:
    """Store a group or a skill again: its version is the one expected."""

    named: Named


@dataclass(frozen=True, slots=True)
class DropNamed:
    """Remove a group or a skill that no account has."""

    kind: NamedKind
    named_id: str


@dataclass(frozen=True, slots=True)
class NoAdmin:
    """Go on only if there is no administrator who can sign in."""


@dataclass(frozen=True, slots=True)
class AdminLeft:
    """Go on only if there still is an administrator who can sign in."""


Step: TypeAlias = (
    AddAccount
    | ChangeAccount
    | Rehash
    | SetSettings
    | AddLogin
    | EndLogin
    | EndLogins
    | AddInvitation
    | UseInvitation
    | EndInvitations
    | AddNamed
    | ChangeNamed
    | DropNamed
    | NoAdmin
    | AdminLeft
)


def taken(what: str) -> StaffError:
    """Return the error for a name that somebody else has."""
    return StaffError(
        f"the {what} is taken: it has to be unique, whatever its case and width",
        problem=f"{what.replace(' ', '-')}-taken",
        status=409,
    )


def link_is_dead() -> StaffError:
    """Return the error for a link that does not work, whatever the reason."""
    return StaffError(
        "this link was used, has expired or never existed; ask for a new one",
        problem="link-dead",
        status=410,
    )


def last_admin() -> StaffError:
    """Return the error for taking the last administrator away."""
    return StaffError(
        "this is the last administrator who can sign in; make somebody else one first",
        problem="last-admin",
        status=409,
    )


def not_first() -> StaffError:
    """Return the error for setting up what is set up."""
    return StaffError(
        "there is an administrator already; ask for an invitation",
        problem="already-set-up",
        status=409,
    )


def not_the_password() -> StaffError:
    """Return the error for signing in to what is shut, or has another password by now."""
    return StaffError("login or password is not right", problem="login-failed", status=401)


def in_use(kind: NamedKind, names: Sequence[str]) -> StaffError:
    """Return the error for removing a group or skill that agents have."""
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return StaffError(
        f"the {kind} belongs to {len(names)} of the agents: {shown}; take it from them first",
        problem="in-use",
        status=409,
        details={"why": "of-agents", "n": len(names), "names": shown},
    )


def no_such(what: str) -> StaffError:
    """Return the error for what is not there."""
    return StaffError(f"there is no such {what}", problem="not-found", status=404)


def changed_meanwhile(what: str) -> Conflict:
    """Return the error for a version that is not the stored one."""
    return Conflict(f"{what} was changed by somebody else meanwhile; load it again")
