"""The staff, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any

from kefu.staff.accounts import Account, Named, NamedKind, key_of
from kefu.staff.attempts import Attempts, Patience, counted, forgiven
from kefu.staff.audit import AuditEntry, Head, chained
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
    Invitation,
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
from kefu.staff.logins import Login

__all__ = ["MemoryStaff"]


@dataclass(slots=True)
class _Records:
    """Everything that steps change."""

    accounts: dict[str, Account] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    named: dict[tuple[NamedKind, str], Named] = field(default_factory=dict)

    def copied(self) -> _Records:
        return _Records(
            copy(self.accounts), copy(self.logins), copy(self.invitations), copy(self.named)
        )

    def present(self) -> list[Account]:
        found = (account for account in self.accounts.values() if not account.is_removed)
        return sorted(found, key=lambda account: key_of(account.staff_number))

    # -- steps -----------------------------------------------------------------------------

    @singledispatchmethod
    def take(self, step: Any) -> None:
        raise TypeError(f"no step of the staff's: {step!r}")

    @take.register
    def _(self, step: AddAccount) -> None:
        self._check_names(step.account)
        self.accounts[step.account.account_id] = step.account

    @take.register
    def _(self, step: ChangeAccount) -> None:
        account = step.account
        self._check_names(account)
        stored = self.accounts.get(account.account_id)
        if stored is None or stored.version != account.version:
            raise changed_meanwhile("the account")
        self.accounts[account.account_id] = replace(
            account,
            settings=stored.settings,
            created_at=stored.created_at,
            version=account.version + 1,
        )

    @take.register
    def _(self, step: Rehash) -> None:
        stored = self.accounts.get(step.account_id)
        if stored is not None and stored.password_hash == step.before:
            self.accounts[step.account_id] = replace(stored, password_hash=step.after)

    @take.register
    def _(self, step: SetSettings) -> None:
        stored = self.accounts.get(step.account_id)
        if stored is not None:
            self.accounts[step.account_id] = replace(stored, settings=step.settings)

    @take.register
    def _(self, step: AddLogin) -> None:
        account = self.accounts.get(step.login.account_id)
        if account is None or not account.is_active or account.password_hash != step.password_hash:
            raise not_the_password()
        self.logins[step.login.login_id] = step.login

    @take.register
    def _(self, step: EndLogin) -> None:
        login = self.logins.get(step.login_id)
        if login is not None and login.account_id == step.account_id:
            del self.logins[step.login_id]

    @take.register
    def _(self, step: EndLogins) -> None:
        for login in tuple(self.logins.values()):
            if login.account_id == step.account_id and login.login_id != step.but:
                del self.logins[login.login_id]

    @take.register
    def _(self, step: AddInvitation) -> None:
        if step.invitation.account_id is not None:
            self.take(EndInvitations(step.invitation.account_id))
        self.invitations[step.invitation.token_digest] = step.invitation

    @take.register
    def _(self, step: UseInvitation) -> None:
        found = self.invitations.get(step.token_digest)
        if found is None or found.expires_at <= step.now:
            raise link_is_dead()
        del self.invitations[step.token_digest]

    @take.register
    def _(self, step: EndInvitations) -> None:
        for digest, invitation in tuple(self.invitations.items()):
            if invitation.account_id == step.account_id:
                del self.invitations[digest]

    @take.register
    def _(self, step: AddNamed) -> None:
        self._check_name(step.named)
        if (step.named.kind, step.named.named_id) in self.named:
            raise taken("name")
        self.named[step.named.kind, step.named.named_id] = step.named

    @take.register
    def _(self, step: ChangeNamed) -> None:
        named = step.named
        self._check_name(named)
        stored = self.named.get((named.kind, named.named_id))
        if stored is None or stored.version != named.version:
            raise changed_meanwhile(f"the {named.kind}")
        self.named[named.kind, named.named_id] = replace(named, version=named.version + 1)

    @take.register
    def _(self, step: DropNamed) -> None:
        users = [
            account.display_name
            for account in self.present()
            if step.named_id in (account.skills if step.kind == "skill" else account.groups)
        ]
        if users:
            raise in_use(step.kind, users)
        if self.named.pop((step.kind, step.named_id), None) is None:
            raise no_such(step.kind)

    @take.register
    def _(self, _step: NoAdmin) -> None:
        if any(account.is_ruling for account in self.accounts.values()):
            raise not_first()

    @take.register
    def _(self, _step: AdminLeft) -> None:
        if not any(account.is_ruling for account in self.accounts.values()):
            raise last_admin()

    def _check_names(self, account: Account) -> None:
        for other in self.present():
            if other.account_id == account.account_id:
                continue
            if key_of(other.login) == key_of(account.login):
                raise taken("login")
            if key_of(other.staff_number) == key_of(account.staff_number):
                raise taken("staff number")

    def _check_name(self, named: Named) -> None:
        for other in self.named.values():
            is_other = other.kind == named.kind and other.named_id != named.named_id
            if is_other and key_of(other.name) == key_of(named.name):
                raise taken("name")


class MemoryStaff:
    """Keeps accounts, logins, attempts and the audit log; see :mod:`kefu.staff.ports`."""

    def __init__(self) -> None:
        self._records = _Records()
        self._attempts: dict[str, Attempts] = {}
        self._audit: list[AuditEntry] = []

    # -- accounts --------------------------------------------------------------------------

    async def account(self, account_id: str) -> Account | None:
        """Return an account, also one that was removed."""
        return self._records.accounts.get(account_id)

    async def by_login(self, key: str) -> Account | None:
        """Return the account with a login."""
        found = (one for one in self._records.present() if key_of(one.login) == key)
        return next(found, None)

    async def accounts(self) -> Sequence[Account]:
        """Return all accounts but the removed ones, by staff number."""
        return self._records.present()

    async def named(self, kind: NamedKind) -> Sequence[Named]:
        """Return all groups, or all skills, by name."""
        found = (named for named in self._records.named.values() if named.kind == kind)
        return sorted(found, key=lambda named: key_of(named.name))

    async def apply(self, steps: Sequence[Step], entry: AuditEntry | None = None) -> None:
        """Take all steps in order and write ``entry`` down."""
        records = self._records.copied()
        for step in steps:
            records.take(step)
        self._records = records
        if entry is not None:
            self.write_down(entry)

    # -- logins ----------------------------------------------------------------------------

    async def signed_in(self, token_digest: str, now: float) -> tuple[Login, Account] | None:
        """Return whose login that is."""
        for login in self._records.logins.values():
            if login.token_digest == token_digest and login.expires_at > now:
                account = self._records.accounts[login.account_id]
                return (login, account) if account.is_active else None
        return None

    async def logins(self, account_id: str, now: float) -> Sequence[Login]:
        """Return an account's logins, the latest seen first."""
        found = [
            login
            for login in self._records.logins.values()
            if login.account_id == account_id and login.expires_at > now
        ]
        return sorted(found, key=lambda login: (-login.seen_at, login.login_id))

    async def see(self, login_id: str, *, seen_at: float, expires_at: float) -> None:
        """Note that a login is used."""
        login = self._records.logins.get(login_id)
        if login is not None:
            seen = replace(login, seen_at=seen_at, expires_at=expires_at)
            self._records.logins[login_id] = seen

    async def still_in(self, login_ids: Collection[str], now: float) -> Mapping[str, int]:
        """Return which of some logins have not ended."""
        alive = {}
        for login_id in login_ids:
            login = self._records.logins.get(login_id)
            if login is not None and login.expires_at > now:
                account = self._records.accounts[login.account_id]
                if account.is_active:
                    alive[login_id] = account.version
        return alive

    async def invitation(self, token_digest: str, now: float) -> Invitation | None:
        """Return a link that works."""
        found = self._records.invitations.get(token_digest)
        return found if found is not None and found.expires_at > now else None

    # -- attempts --------------------------------------------------------------------------

    async def count(self, keys: Mapping[str, Patience], now: float) -> float | None:
        """Count an attempt for each key."""
        known = {key: self._attempts.get(key, Attempts(0, now, 0.0)) for key in keys}
        after = {key: counted(known[key], patience, now) for key, patience in keys.items()}
        locked = [known[key].locked_until for key, attempts in after.items() if attempts is None]
        if locked:
            return max(locked)
        self._attempts |= {key: attempts for key, attempts in after.items() if attempts}
        return None

    async def forgive(self, key: str, *, wholly: bool) -> None:
        """Take the last attempt back, or forget all of them."""
        known = self._attempts.pop(key, None)
        if known is not None and not wholly:
            self._attempts[key] = forgiven(known)

    async def drop_old(self, before: float) -> None:
        """Forget what is over since before then."""
        self._attempts = {
            key: known
            for key, known in self._attempts.items()
            if known.last_at >= before or known.locked_until >= before
        }
        records = self._records
        for logins in (records.logins, records.invitations):
            _drop(logins, lambda record: record.expires_at < before)

    # -- audit -----------------------------------------------------------------------------

    async def newest(
        self, *, before: int, limit: int, act: str = "", who: str = ""
    ) -> Sequence[AuditEntry]:
        """Return the newest entries below a place, newest first."""
        found = [
            entry
            for entry in reversed(self._audit)
            if entry.seq < before
            and entry.act.startswith(act)
            and (not who or who in {entry.actor_id, entry.subject})
        ]
        return found[:limit]

    async def written(self, *, after: int, limit: int) -> Sequence[AuditEntry]:
        """Return entries behind a place, oldest first."""
        return self._audit[after : after + limit]

    async def head(self) -> Head:
        """Return where the audit log ends."""
        return self._head()

    def write_down(self, entry: AuditEntry) -> None:
        """Append an entry to the audit log."""
        self._audit.append(chained(entry, self._head()))

    def _head(self) -> Head:
        return Head(self._audit[-1].seq, self._audit[-1].digest) if self._audit else Head()


def _drop(records: dict[str, Any], is_over: Callable[[Any], bool]) -> None:
    for key in [key for key, record in records.items() if is_over(record)]:
        del records[key]
