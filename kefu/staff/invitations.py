"""One-time links: for the first administrator, for new agents, for those who forgot a password.

The store has a link's hash only. A link works once, for a day; whoever uses it is signed in by the
password they choose, not by the link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kefu.clock import Clock
from kefu.core.ids import new_id
from kefu.staff.accounts import Account, checked_name, checked_text, login_key, number_key
from kefu.staff.audit import AuditEntry
from kefu.staff.changes import (
    AddAccount,
    AddInvitation,
    ChangeAccount,
    EndInvitations,
    EndLogins,
    Invitation,
    NoAdmin,
    Step,
    UseInvitation,
    link_is_dead,
    not_first,
)
from kefu.staff.following import Following
from kefu.staff.logins import digest_of, new_token
from kefu.staff.passwords import Passwords, check_password
from kefu.staff.permissions import Role
from kefu.staff.ports import StaffStore

__all__ = ["Invitations", "Invited", "Link", "free_number", "is_set_up"]

LINK_SECONDS: Final = 86400.0
_FIRST_NUMBER: Final = 1001


@dataclass(frozen=True, slots=True)
class Link:
    """A new link, and the only copy of its token."""

    invitation: Invitation
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What somebody who has a link may know before they use it."""

    kind: str
    """``setup``: the first administrator; ``invite``: a new agent; ``reset``: a new password."""
    role: Role
    login: str
    display_name: str
    expires_at: float


class Invitations:
    """Makes links and lets them be used."""

    def __init__(
        self, store: StaffStore, passwords: Passwords, clock: Clock, following: Following
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._following = following

    async def first(self) -> Link | None:
        """Return a link that makes the first administrator; None when there is one.

        Earlier ones of the kind go on working until one of them was used.
        """
        if is_set_up(await self._store.accounts()):
            return None
        link = self.new_link(None, Role.ADMIN, is_setup=True)
        await self._store.apply([AddInvitation(link.invitation)])
        return link

    def new_link(self, account_id: str | None, role: Role, *, is_setup: bool = False) -> Link:
        """Return a link that is not stored yet."""
        token, now = new_token(), self._clock.now()
        invitation = Invitation(
            token_digest=digest_of(token),
            account_id=account_id,
            role=role,
            is_setup=is_setup,
            created_at=now,
            expires_at=now + LINK_SECONDS,
        )
        return Link(invitation, token)

    async def look(self, token: str) -> Invited:
        """Return what a link is for.

        Raises:
            StaffError: It does not work (410).
        """
        invitation, account = await self._found(token)
        if account is None:
            kind = "setup" if invitation.is_setup else "invite"
        else:
            kind = "invite" if account.password_hash is None else "reset"
        return Invited(
            kind=kind,
            role=invitation.role if account is None else account.role,
            login="" if account is None else account.login,
            display_name="" if account is None else account.display_name,
            expires_at=invitation.expires_at,
        )

    async def use(
        self, token: str, password: str, *, login: str, display_name: str, address: str = ""
    ) -> Account:
        """Set the password, of a new account or of one that waits for it; use the link up.

        Args:
            token: Of the link.
            password: What its owner chose.
            login: Likewise; ignored for an account that had a password before.
            display_name: Likewise; empty: the one that the account has.
            address: Where the request comes from.

        Raises:
            StaffError: The link does not work (410), something is not good (400) or taken (409).
        """
        invitation, account = await self._found(token)
        if account is None:
            account, steps = await self._new(invitation, login, display_name)
        else:
            account = self._renamed(account, login, display_name)
            steps = [EndLogins(account.account_id), EndInvitations(account.account_id)]
        check_password(password, names=(account.login, account.display_name, account.staff_number))
        stored = await self._passwords.hash(password)
        now = self._clock.now()
        account = replace(account, password_hash=stored, changed_at=now)
        keeps: Step = (
            AddAccount(account) if invitation.account_id is None else ChangeAccount(account)
        )
        entry = AuditEntry(
            at=now,
            actor_id=account.account_id,
            actor_name=account.display_name,
            act="password.reset" if invitation.account_id else "agent.set_up",
            subject=account.account_id,
            data={"login": account.login, "role": account.role},
            address=address,
        )
        used = UseInvitation(invitation.token_digest, now)
        await self._store.apply([used, *steps, keeps], entry)
        if invitation.account_id is not None:
            account = replace(account, version=account.version + 1)
        await self._following.changed(account)
        return account

    async def _found(self, token: str) -> tuple[Invitation, Account | None]:
        digest = digest_of(token)
        found = await self._store.invitation(digest, self._clock.now()) if digest else None
        if found is None:
            raise link_is_dead()
        if found.is_setup and is_set_up(await self._store.accounts()):
            raise not_first()
        if found.account_id is None:
            return found, None
        account = await self._store.account(found.account_id)
        if account is None or not account.is_active:
            raise link_is_dead()
        return found, account

    async def _new(
        self, invitation: Invitation, login: str, display_name: str
    ) -> tuple[Account, list[Step]]:
        login_key(login)
        now = self._clock.now()
        account = Account(
            account_id=new_id("a"),
            staff_number=free_number(await self._store.accounts()),
            login=checked_text(login, "a login"),
            display_name=checked_name(display_name or login),
            role=invitation.role,
            created_at=now,
            changed_at=now,
        )
        return account, [NoAdmin()] if invitation.is_setup else []

    def _renamed(self, account: Account, login: str, display_name: str) -> Account:
        if account.password_hash is not None:
            return account
        if login:
            login_key(login)
            account = replace(account, login=checked_text(login, "a login"))
        if display_name:
            account = replace(account, display_name=checked_name(display_name))
        return account


def is_set_up(accounts: Sequence[Account]) -> bool:
    """Whether there is an administrator who can sign in."""
    return any(account.is_ruling for account in accounts)


def free_number(accounts: Sequence[Account]) -> str:
    """Return a staff number that nobody has."""
    used = {number_key(account.staff_number) for account in accounts}
    number = _FIRST_NUMBER
    while str(number) in used:
        number += 1
    return str(number)
