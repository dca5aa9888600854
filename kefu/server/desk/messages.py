"""What the routes of the staff take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from kefu.server.routes.form import as_time
from kefu.staff.accounts import Account, Named
from kefu.staff.audit import AuditEntry
from kefu.staff.invitations import Invited
from kefu.staff.logins import Login, SignedIn
from kefu.staff.permissions import Permission, Role

__all__ = [
    "AgentBody",
    "AgentChange",
    "AgentView",
    "AuditView",
    "CreatedAgent",
    "InvitedView",
    "LinkView",
    "LoginBody",
    "LoginView",
    "LookBody",
    "MeView",
    "NamedBody",
    "NamedChange",
    "NamedView",
    "PasswordBody",
    "SettingsBody",
    "SetupBody",
    "agent_view",
    "audit_view",
    "given",
    "invited_view",
    "login_view",
    "me_view",
    "named_view",
]

Text = Annotated[str, Meta(max_length=200)]
Secret = Annotated[str, Meta(min_length=1, max_length=1000)]
Token = Annotated[str, Meta(min_length=1, max_length=200)]
Level = Annotated[int, Meta(ge=1, le=5)]
Most = Annotated[int, Meta(ge=0, le=100)]


class LoginBody(Struct, forbid_unknown_fields=True):
    """Signs in."""

    login: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Secret


class LookBody(Struct, forbid_unknown_fields=True):
    """Asks what a one-time link is for."""

    token: Token


class SetupBody(Struct, forbid_unknown_fields=True):
    """Uses a one-time link."""

    token: Token
    password: Secret
    login: Text = ""
    """Of a new account; ignored for one that had a password before."""
    display_name: Text = ""


class PasswordBody(Struct, forbid_unknown_fields=True):
    """Changes one's own password."""

    current: Secret
    new: Secret


class SettingsBody(Struct, forbid_unknown_fields=True):
    """Replaces what the workbench remembers."""

    settings: dict[str, Any]


class AgentBody(Struct, forbid_unknown_fields=True):
    """A new account."""

    display_name: Text
    staff_number: Text = ""
    """Empty: the next free one."""
    login: Text = ""
    """Empty: the staff number; its owner may choose another by the link."""
    role: Role = Role.AGENT
    avatar: Annotated[str, Meta(max_length=500)] = ""
    languages: list[Text] = []
    skills: dict[Text, Level] = {}
    groups: list[Text] = []
    max_sessions: Most = 5
    permissions: list[Permission] = []


class AgentChange(Struct, forbid_unknown_fields=True):
    """Fields of an account that change; the others stay."""

    version: int | UnsetType = UNSET
    """The version that is expected; without it any is."""
    display_name: Text | UnsetType = UNSET
    staff_number: Text | UnsetType = UNSET
    login: Text | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    avatar: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    languages: list[Text] | UnsetType = UNSET
    skills: dict[Text, Level] | UnsetType = UNSET
    groups: list[Text] | UnsetType = UNSET
    max_sessions: Most | UnsetType = UNSET
    permissions: list[Permission] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class NamedBody(Struct, forbid_unknown_fields=True):
    """A new group or skill."""

    name: Text
    description: Annotated[str, Meta(max_length=500)] = ""


class NamedChange(Struct, forbid_unknown_fields=True):
    """What changes of a group or skill."""

    version: int | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET


class AgentView(Struct, frozen=True, kw_only=True):
    """An agent; what only administrators need is there for those who may manage agents."""

    id: str
    staff_number: str
    display_name: str
    avatar: str
    languages: list[str]
    skills: dict[str, int]
    groups: list[str]
    max_sessions: int
    role: Role
    is_active: bool
    is_removed: bool
    login: str | UnsetType = UNSET
    permissions: list[Permission] | UnsetType = UNSET
    """Besides those of the role."""
    has_password: bool | UnsetType = UNSET
    is_demo: bool | UnsetType = UNSET
    version: int | UnsetType = UNSET
    created_at: datetime | UnsetType = UNSET
    changed_at: datetime | UnsetType = UNSET


class MeView(Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    agent: AgentView
    permissions: list[Permission]
    """Everything that they may do."""
    csrf: str
    """To be shown as the header `X-CSRF-Token` with everything but GET."""
    settings: dict[str, Any]


class LinkView(Struct, frozen=True, kw_only=True):
    """A one-time link; it is shown this one time."""

    link: str
    expires_at: datetime


class CreatedAgent(Struct, frozen=True, kw_only=True):
    """A new account and the link for its owner."""

    agent: AgentView
    invitation: LinkView


class InvitedView(Struct, frozen=True, kw_only=True):
    """What a one-time link is for."""

    kind: str
    """`setup`, `invite` or `reset`."""
    role: Role
    login: str
    display_name: str
    expires_at: datetime


class LoginView(Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    browser: str
    is_this: bool
    """Whether it is the one that asks."""


class NamedView(Struct, frozen=True, kw_only=True):
    """A group or a skill."""

    id: str
    name: str
    description: str
    version: int


class AuditView(Struct, frozen=True, kw_only=True):
    """An entry of the audit log."""

    seq: int
    at: datetime
    actor: str
    """Id of an account; empty: the command line, a machine."""
    actor_name: str
    act: str
    subject: str
    data: dict[str, Any]
    address: str
    digest: str
    """SHA-256 over this entry and the digest before."""


def agent_view(account: Account, *, is_whole: bool) -> AgentView:
    """Return an account as it is shown, the whole of it to those who manage agents."""
    view = AgentView(
        id=account.account_id,
        staff_number=account.staff_number,
        display_name=account.display_name,
        avatar=account.avatar,
        languages=list(account.languages),
        skills=dict(account.skills),
        groups=list(account.groups),
        max_sessions=account.max_sessions,
        role=account.role,
        is_active=account.is_active,
        is_removed=account.is_removed,
    )
    if not is_whole:
        return view
    return msgspec.structs.replace(
        view,
        login=account.login,
        permissions=sorted(account.permissions),
        has_password=account.password_hash is not None,
        is_demo=account.is_demo,
        version=account.version,
        created_at=as_time(account.created_at),
        changed_at=as_time(account.changed_at),
    )


def me_view(who: SignedIn) -> MeView:
    """Return who is signed in."""
    return MeView(
        agent=agent_view(who.account, is_whole=True),
        permissions=sorted(who.account.held),
        csrf=who.csrf,
        settings=dict(who.account.settings),
    )


def invited_view(invited: Invited) -> InvitedView:
    """Return what a link is for."""
    return InvitedView(
        kind=invited.kind,
        role=invited.role,
        login=invited.login,
        display_name=invited.display_name,
        expires_at=as_time(invited.expires_at),
    )


def login_view(login: Login, this: str) -> LoginView:
    """Return a login as it is shown to the one whose id is ``this``, among others."""
    return LoginView(
        id=login.login_id,
        created_at=as_time(login.created_at),
        seen_at=as_time(login.seen_at),
        expires_at=as_time(login.expires_at),
        address=login.address,
        browser=login.browser,
        is_this=login.login_id == this,
    )


def named_view(named: Named) -> NamedView:
    """Return a group or skill as it is shown."""
    return NamedView(
        id=named.named_id, name=named.name, description=named.description, version=named.version
    )


def audit_view(entry: AuditEntry) -> AuditView:
    """Return an entry of the audit log as it is shown."""
    return AuditView(
        seq=entry.seq,
        at=as_time(entry.at),
        actor=entry.actor_id,
        actor_name=entry.actor_name,
        act=entry.act,
        subject=entry.subject,
        data=dict(entry.data),
        address=entry.address,
        digest=entry.digest,
    )


def given(body: AgentBody | AgentChange) -> dict[str, Any]:
    """Return the fields of a body that were given, as those of an account."""
    found: dict[str, Any] = {
        name: value
        for name in body.__struct_fields__
        if name != "version" and (value := getattr(body, name)) is not UNSET
    }
    for name, kind in (("languages", tuple), ("groups", tuple), ("permissions", frozenset)):
        if name in found:
            found[name] = kind(found[name])
    return found
