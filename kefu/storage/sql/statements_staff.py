"""Statements about the staff: see :mod:`kefu.storage.sql.statements`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Executable,
    String,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or

from kefu.storage.sql.tables import (
    staff_accounts,
    staff_attempts,
    staff_audit,
    staff_audit_head,
    staff_invitations,
    staff_logins,
    staff_named,
)

__all__ = ["OF_STAFF"]

P = bindparam
_ac, _lo, _in = staff_accounts.c, staff_logins.c, staff_invitations.c
_at, _na, _au, _he = staff_attempts.c, staff_named.c, staff_audit.c, staff_audit_head.c
_ZERO: Any = literal_column("0")
_ONE: Any = literal_column("1")
_NOTHING: Any = literal_column("''")
_THE_ROW: Any = _he.id == _ONE
_ACT, _WHO = P("act", type_=String), P("who", type_=String)

_ACCOUNT = (
    _ac.account_id,
    _ac.role,
    _ac.is_active,
    _ac.is_removed,
    _ac.password_hash,
    _ac.body,
    _ac.settings,
    _ac.version,
    _ac.created_at,
    _ac.changed_at,
)
_LOGIN = (
    _lo.login_id,
    _lo.account_id,
    _lo.token_digest,
    _lo.created_at,
    _lo.seen_at,
    _lo.expires_at,
    _lo.address,
    _lo.browser,
)
_ENTRY = (
    _au.seq,
    _au.at,
    _au.actor_id,
    _au.actor_name,
    _au.act,
    _au.subject,
    _au.data,
    _au.address,
    _au.digest,
)
_SIGNED_IN = and_(_lo.expires_at > P("now"), _ac.is_active == _ONE)
_ACCOUNT_VALUES: dict[str, Any] = {
    "login_key": P("login_key"),
    "number_key": P("number_key"),
    "role": P("role"),
    "is_active": P("is_active"),
    "is_removed": P("is_removed"),
    "password_hash": P("password_hash"),
    "body": P("body"),
    "changed_at": P("changed_at"),
}

_OF_ACCOUNTS: dict[str, Executable] = {
    "account": select(*_ACCOUNT).where(_ac.account_id == P("account_id")),
    "account_by_login": select(*_ACCOUNT).where(_ac.login_key == P("login_key")),
    "accounts": select(*_ACCOUNT).where(_ac.is_removed == _ZERO).order_by(_ac.number_key),
    "account_names": select(_ac.account_id, _ac.login_key, _ac.number_key).where(
        or_(_ac.login_key == P("login_key"), _ac.number_key == P("number_key"))
    ),
    "ruling_admin": select(_ac.account_id)
    .where(
        _ac.role == literal_column("'admin'"),
        _ac.is_active == _ONE,
        _ac.password_hash.is_not(None),
    )
    .limit(_ONE),
    "lock_account": select(_ac.is_active, _ac.password_hash)
    .where(_ac.account_id == P("account_id"))
    .with_for_update(),
    "add_account": insert_or(staff_accounts)
    .values(
        account_id=P("account_id"),
        **_ACCOUNT_VALUES,
        settings=P("settings"),
        version=P("version"),
        created_at=P("created_at"),
    )
    .on_conflict_do_nothing()
    .returning(_ac.account_id),
    "change_account": update(staff_accounts)
    .where(_ac.account_id == P("account_id"), _ac.version == P("version"))
    .values(**_ACCOUNT_VALUES, version=_ac.version + _ONE)
    .returning(_ac.account_id),
    "rehash_password": update(staff_accounts)
    .where(_ac.account_id == P("account_id"), _ac.password_hash == P("before"))
    .values(password_hash=P("after")),
    "set_account_settings": update(staff_accounts)
    .where(_ac.account_id == P("account_id"))
    .values(settings=P("settings")),
}

_OF_LOGINS: dict[str, Executable] = {
    "signed_in": select(*_LOGIN, *_ACCOUNT)
    .join_from(staff_logins, staff_accounts, _lo.account_id == _ac.account_id)
    .where(_lo.token_digest == P("token_digest"), _SIGNED_IN),
    "logins_of": select(*_LOGIN)
    .where(_lo.account_id == P("account_id"), _lo.expires_at > P("now"))
    .order_by(_lo.seen_at.desc(), _lo.login_id),
    "still_in": select(_lo.login_id, _ac.version)
    .join_from(staff_logins, staff_accounts, _lo.account_id == _ac.account_id)
    .where(_SIGNED_IN),
    "add_login": insert(staff_logins)
    .inline()
    .values(
        login_id=P("login_id"),
        account_id=P("account_id"),
        token_digest=P("token_digest"),
        created_at=P("created_at"),
        seen_at=P("seen_at"),
        expires_at=P("expires_at"),
        address=P("address"),
        browser=P("browser"),
    ),
    "see_login": update(staff_logins)
    .where(_lo.login_id == P("login_id"))
    .values(seen_at=P("seen_at"), expires_at=P("expires_at")),
    "end_login": delete_from(staff_logins).where(
        _lo.account_id == P("account_id"), _lo.login_id == P("login_id")
    ),
    "end_logins": delete_from(staff_logins).where(
        _lo.account_id == P("account_id"), _lo.login_id != P("but")
    ),
    "drop_old_logins": delete_from(staff_logins).where(_lo.expires_at < P("before")),
}

_OF_INVITATIONS: dict[str, Executable] = {
    "invitation": select(
        _in.token_digest,
        _in.account_id,
        _in.role,
        _in.is_setup,
        _in.created_at,
        _in.expires_at,
    ).where(_in.token_digest == P("token_digest"), _in.expires_at > P("now")),
    "add_invitation": insert(staff_invitations)
    .inline()
    .values(
        token_digest=P("token_digest"),
        account_id=P("account_id"),
        role=P("role"),
        is_setup=P("is_setup"),
        created_at=P("created_at"),
        expires_at=P("expires_at"),
    ),
    "use_invitation": delete_from(staff_invitations)
    .where(_in.token_digest == P("token_digest"), _in.expires_at > P("now"))
    .returning(_in.token_digest),
    "end_invitations": delete_from(staff_invitations).where(_in.account_id == P("account_id")),
    "drop_old_invitations": delete_from(staff_invitations).where(_in.expires_at < P("before")),
}

_OF_ATTEMPTS: dict[str, Executable] = {
    # Gives the row, and its lock, whether it was there or not.
    "begin_attempts": insert_or(staff_attempts)
    .values(key=P("key"), failures=_ZERO, last_at=P("now"), locked_until=_ZERO)
    .on_conflict_do_update(index_elements=["key"], set_={"failures": _at.failures})
    .returning(_at.failures, _at.last_at, _at.locked_until),
    "lock_attempts": select(_at.failures, _at.last_at, _at.locked_until)
    .where(_at.key == P("key"))
    .with_for_update(),
    "set_attempts": update(staff_attempts)
    .where(_at.key == P("key"))
    .values(failures=P("failures"), last_at=P("last_at"), locked_until=P("locked_until")),
    "forget_attempts": delete_from(staff_attempts).where(_at.key == P("key")),
    "drop_old_attempts": delete_from(staff_attempts).where(
        _at.last_at < P("before"), _at.locked_until < P("before")
    ),
}

_OF_NAMED: dict[str, Executable] = {
    "named": select(_na.kind, _na.named_id, _na.name, _na.description, _na.created_at, _na.version)
    .where(_na.kind == P("kind"))
    .order_by(_na.name_key),
    "named_so": select(_na.named_id).where(
        _na.kind == P("kind"), _na.name_key == P("name_key"), _na.named_id != P("named_id")
    ),
    "add_named": insert_or(staff_named)
    .values(
        kind=P("kind"),
        named_id=P("named_id"),
        name_key=P("name_key"),
        name=P("name"),
        description=P("description"),
        created_at=P("created_at"),
        version=P("version"),
    )
    .on_conflict_do_nothing()
    .returning(_na.named_id),
    "change_named": update(staff_named)
    .where(_na.kind == P("kind"), _na.named_id == P("named_id"), _na.version == P("version"))
    .values(
        name_key=P("name_key"),
        name=P("name"),
        description=P("description"),
        version=_na.version + _ONE,
    )
    .returning(_na.named_id),
    "drop_named": delete_from(staff_named)
    .where(_na.kind == P("kind"), _na.named_id == P("named_id"))
    .returning(_na.named_id),
}

_OF_AUDIT: dict[str, Executable] = {
    "audit_head": select(_he.seq, _he.digest).where(_THE_ROW),
    "begin_audit": insert_or(staff_audit_head)
    .values(id=_ONE, seq=_ZERO, digest=P("digest"))
    .on_conflict_do_nothing(index_elements=["id"]),
    "lock_audit": select(_he.seq, _he.digest).where(_THE_ROW).with_for_update(),
    "move_audit_head": update(staff_audit_head)
    .where(_THE_ROW)
    .values(seq=P("seq"), digest=P("digest")),
    "add_audit": insert(staff_audit)
    .inline()
    .values(
        seq=P("seq"),
        at=P("at"),
        actor_id=P("actor_id"),
        actor_name=P("actor_name"),
        act=P("act"),
        subject=P("subject"),
        data=P("data"),
        address=P("address"),
        digest=P("digest"),
    ),
    "newest_audit": select(*_ENTRY)
    .where(
        _au.seq < P("before"),
        or_(_ACT == _NOTHING, func.substr(_au.act, _ONE, func.length(_ACT)) == _ACT),
        or_(_WHO == _NOTHING, _au.actor_id == _WHO, _au.subject == _WHO),
    )
    .order_by(_au.seq.desc())
    .limit(P("limit")),
    "written_audit": select(*_ENTRY)
    .where(_au.seq > P("after"))
    .order_by(_au.seq)
    .limit(P("limit")),
}

OF_STAFF: Final[dict[str, Executable]] = {
    **_OF_ACCOUNTS,
    **_OF_LOGINS,
    **_OF_INVITATIONS,
    **_OF_ATTEMPTS,
    **_OF_NAMED,
    **_OF_AUDIT,
}
