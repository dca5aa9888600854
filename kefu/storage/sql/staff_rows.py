"""The staff's records as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kefu.staff.accounts import Account, Named, key_of
from kefu.staff.audit import AuditEntry
from kefu.staff.changes import Invitation
from kefu.staff.logins import Login
from kefu.staff.permissions import Permission, Role

__all__ = [
    "account_from",
    "account_values",
    "entry_from",
    "entry_values",
    "invitation_from",
    "json_text",
    "login_from",
    "named_from",
    "named_values",
]


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """What of an account is never looked for."""

    staff_number: str
    login: str
    display_name: str
    avatar: str
    languages: tuple[str, ...]
    skills: dict[str, int]
    groups: tuple[str, ...]
    max_sessions: int
    permissions: list[Permission]
    is_demo: bool


_encode = msgspec.json.Encoder().encode
_body = msgspec.json.Decoder(_Body).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


def json_text(value: Any) -> str:
    """Return ``value`` as JSON text."""
    return _encode(value).decode()


def account_values(account: Account) -> dict[str, Any]:
    """Return the columns of an account, its version being that of the record."""
    gone = f"removed:{account.account_id}" if account.is_removed else None
    body = _Body(
        staff_number=account.staff_number,
        login=account.login,
        display_name=account.display_name,
        avatar=account.avatar,
        languages=account.languages,
        skills=dict(account.skills),
        groups=account.groups,
        max_sessions=account.max_sessions,
        permissions=sorted(account.permissions),
        is_demo=account.is_demo,
    )
    return {
        "account_id": account.account_id,
        "login_key": gone or key_of(account.login),
        "number_key": gone or key_of(account.staff_number),
        "role": str(account.role),
        "is_active": int(account.is_active),
        "is_removed": int(account.is_removed),
        "password_hash": account.password_hash,
        "body": json_text(body),
        "settings": json_text(dict(account.settings)),
        "version": account.version,
        "created_at": account.created_at,
        "changed_at": account.changed_at,
    }


def account_from(row: Sequence[Any]) -> Account:
    """Return the account in a row."""
    body = _body(row[5])
    return Account(
        account_id=row[0],
        role=Role(row[1]),
        is_active=bool(row[2]),
        is_removed=bool(row[3]),
        password_hash=row[4],
        staff_number=body.staff_number,
        login=body.login,
        display_name=body.display_name,
        avatar=body.avatar,
        languages=body.languages,
        skills=body.skills,
        groups=body.groups,
        max_sessions=body.max_sessions,
        permissions=frozenset(body.permissions),
        is_demo=body.is_demo,
        settings=_object(row[6]),
        version=row[7],
        created_at=row[8],
        changed_at=row[9],
    )


def login_from(row: Sequence[Any]) -> Login:
    """Return the login in a row."""
    return Login(
        login_id=row[0],
        account_id=row[1],
        token_digest=row[2],
        created_at=row[3],
        seen_at=row[4],
        expires_at=row[5],
        address=row[6],
        browser=row[7],
    )


def invitation_from(row: Sequence[Any]) -> Invitation:
    """Return the link in a row."""
    return Invitation(
        token_digest=row[0],
        account_id=row[1],
        role=Role(row[2]),
        is_setup=bool(row[3]),
        created_at=row[4],
        expires_at=row[5],
    )


def named_from(row: Sequence[Any]) -> Named:
    """Return the group or skill in a row."""
    return Named(
        kind=row[0],
        named_id=row[1],
        name=row[2],
        description=row[3],
        created_at=row[4],
        version=row[5],
    )


def named_values(named: Named) -> dict[str, Any]:
    """Return the columns of a group or skill."""
    return {
        "kind": named.kind,
        "named_id": named.named_id,
        "name_key": key_of(named.name),
        "name": named.name,
        "description": named.description,
        "created_at": named.created_at,
        "version": named.version,
    }


def entry_from(row: Sequence[Any]) -> AuditEntry:
    """Return the entry of the audit log in a row."""
    return AuditEntry(
        seq=row[0],
        at=row[1],
        actor_id=row[2],
        actor_name=row[3],
        act=row[4],
        subject=row[5],
        data=_object(row[6]),
        address=row[7],
        digest=row[8],
    )


def entry_values(entry: AuditEntry) -> dict[str, Any]:
    """Return the columns of an entry of the audit log."""
    return {
        "seq": entry.seq,
        "at": entry.at,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "act": entry.act,
        "subject": entry.subject,
        "data": json_text(dict(entry.data)),
        "address": entry.address,
        "digest": entry.digest,
    }
