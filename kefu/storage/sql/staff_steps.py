"""What happens to the staff's records, step by step, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kefu.staff.accounts import Account
from kefu.staff.audit import BEGINNING, AuditEntry, Head, chained
from kefu.staff.changes import (
    AddAccount,
    AddInvitation,
    AddLogin,
    AddNamed,
    AdminLeft,
    ChangeAccount,
    ChangeNamed,
    DropNamed,
    EndInvitations,
    EndLogin,
    EndLogins,
    NoAdmin,
    Rehash,
    SetSettings,
    Step,
    UseInvitation,
    changed_meanwhile,
    in_use,
    last_admin,
    link_is_dead,
    no_such,
    not_first,
    not_the_password,
    taken,
)
from kefu.storage.sql.staff_rows import (
    account_from,
    account_values,
    entry_values,
    json_text,
    named_values,
)
from kefu.storage.sql.work import Work

__all__ = ["taking", "writing_down"]


def taking(steps: Sequence[Step], entry: AuditEntry | None) -> Work[None]:
    """Take steps in order; the lock of the audit log comes before them."""
    head = (yield from _locked()) if entry is not None else None
    for step in steps:
        yield from _WORK[type(step)](step)
    if entry is not None and head is not None:
        yield from _append(chained(entry, head))


def writing_down(entry: AuditEntry) -> Work[None]:
    """Append an entry to the audit log; a part of whatever unit of work it belongs to."""
    head = yield from _locked()
    yield from _append(chained(entry, head))


def _locked() -> Work[Head]:
    rows = yield "lock_audit", {}
    if not rows:
        yield "begin_audit", {"digest": BEGINNING}
        rows = yield "lock_audit", {}
    return Head(*rows[0])


def _append(entry: AuditEntry) -> Work[None]:
    yield "add_audit", entry_values(entry)
    yield "move_audit_head", {"seq": entry.seq, "digest": entry.digest}


def _free(values: Mapping[str, Any]) -> Work[None]:
    """Look that nobody else has the names; what could change that waits for the audit log."""
    names = {"login_key": values["login_key"], "number_key": values["number_key"]}
    for account_id, login_key, _ in (yield "account_names", names):
        if account_id != values["account_id"]:
            raise taken("login" if login_key == values["login_key"] else "staff number")


def _add_account(step: AddAccount) -> Work[None]:
    values = account_values(step.account)
    yield from _free(values)
    if not (yield "add_account", values):
        raise taken("login")


def _change_account(step: ChangeAccount) -> Work[None]:
    values = account_values(step.account)
    yield from _free(values)
    if not (yield "change_account", values):
        raise changed_meanwhile("the account")


def _rehash(step: Rehash) -> Work[None]:
    yield (
        "rehash_password",
        {"account_id": step.account_id, "before": step.before, "after": step.after},
    )


def _set_settings(step: SetSettings) -> Work[None]:
    values = {"account_id": step.account_id, "settings": json_text(step.settings)}
    yield "set_account_settings", values


def _add_login(step: AddLogin) -> Work[None]:
    login = step.login
    rows = yield "lock_account", {"account_id": login.account_id}
    if not rows or not rows[0][0] or rows[0][1] != step.password_hash:
        raise not_the_password()
    yield (
        "add_login",
        {
            "login_id": login.login_id,
            "account_id": login.account_id,
            "token_digest": login.token_digest,
            "created_at": login.created_at,
            "seen_at": login.seen_at,
            "expires_at": login.expires_at,
            "address": login.address,
            "browser": login.browser,
        },
    )


def _end_login(step: EndLogin) -> Work[None]:
    yield "end_login", {"account_id": step.account_id, "login_id": step.login_id}


def _end_logins(step: EndLogins) -> Work[None]:
    yield "end_logins", {"account_id": step.account_id, "but": step.but}


def _add_invitation(step: AddInvitation) -> Work[None]:
    invitation = step.invitation
    if invitation.account_id is not None:
        yield "end_invitations", {"account_id": invitation.account_id}
    yield (
        "add_invitation",
        {
            "token_digest": invitation.token_digest,
            "account_id": invitation.account_id,
            "role": str(invitation.role),
            "is_setup": int(invitation.is_setup),
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
        },
    )


def _use_invitation(step: UseInvitation) -> Work[None]:
    if not (yield "use_invitation", {"token_digest": step.token_digest, "now": step.now}):
        raise link_is_dead()


def _end_invitations(step: EndInvitations) -> Work[None]:
    yield "end_invitations", {"account_id": step.account_id}


def _add_named(step: AddNamed) -> Work[None]:
    if not (yield "add_named", named_values(step.named)):
        raise taken("name")


def _change_named(step: ChangeNamed) -> Work[None]:
    values = named_values(step.named)
    if (yield "named_so", values):
        raise taken("name")
    if not (yield "change_named", values):
        raise changed_meanwhile(f"the {step.named.kind}")


def _drop_named(step: DropNamed) -> Work[None]:
    accounts = [account_from(row) for row in (yield "accounts", {})]
    users = [account for account in accounts if _uses(account, step)]
    if users:
        raise in_use(step.kind, [account.display_name for account in users])
    if not (yield "drop_named", {"kind": step.kind, "named_id": step.named_id}):
        raise no_such(step.kind)


def _uses(account: Account, step: DropNamed) -> bool:
    return step.named_id in (account.skills if step.kind == "skill" else account.groups)


def _no_admin(_: NoAdmin) -> Work[None]:
    if (yield "ruling_admin", {}):
        raise not_first()


def _admin_left(_: AdminLeft) -> Work[None]:
    if not (yield "ruling_admin", {}):
        raise last_admin()


_WORK: Final[Mapping[type[Any], Callable[[Any], Work[None]]]] = {
    AddAccount: _add_account,
    ChangeAccount: _change_account,
    Rehash: _rehash,
    SetSettings: _set_settings,
    AddLogin: _add_login,
    EndLogin: _end_login,
    EndLogins: _end_logins,
    AddInvitation: _add_invitation,
    UseInvitation: _use_invitation,
    EndInvitations: _end_invitations,
    AddNamed: _add_named,
    ChangeNamed: _change_named,
    DropNamed: _drop_named,
    NoAdmin: _no_admin,
    AdminLeft: _admin_left,
}
