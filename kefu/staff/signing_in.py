"""Signing in and out, and everything about one's own account."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from kefu.clock import Clock
from kefu.errors import StaffError, TooMany, Unavailable
from kefu.logs import fields
from kefu.staff.accounts import Account, is_login_key, key_of
from kefu.staff.attempts import PER_ADDRESS, PER_LOGIN, address_key
from kefu.staff.audit import AuditEntry
from kefu.staff.changes import (
    AddLogin,
    ChangeAccount,
    EndInvitations,
    EndLogin,
    EndLogins,
    Rehash,
    SetSettings,
    not_the_password,
)
from kefu.staff.counters import StaffCounters
from kefu.staff.logins import (
    Issued,
    Lifetimes,
    Login,
    SignedIn,
    csrf_of,
    digest_of,
    issue,
    prolonged,
)
from kefu.staff.passwords import Passwords, check_password
from kefu.staff.ports import StaffStore

__all__ = ["From", "SigningIn"]

log = logging.getLogger(__name__)

_MAX_SETTINGS: Final = 16_384
_KNOWN_SECONDS: Final = 86400.0
"""After a login's end its address is known for so long; see :mod:`kefu.app.housekeeping`."""
_NOBODY: Final = f"a_{'a' * 20}"
_MOST_LOGINS: Final = 50
"""Browsers of one account; those not seen for longest end."""


@dataclass(frozen=True, slots=True)
class From:
    """Where a request comes from."""

    address: str = ""
    browser: str = ""


class SigningIn:
    """Lets people in who know their password, and out again."""

    def __init__(
        self,
        store: StaffStore,
        passwords: Passwords,
        clock: Clock,
        *,
        lifetimes: Lifetimes,
        when_out: Callable[[], None],
    ) -> None:
        """Put it together.

        Args:
            store: Where accounts and logins are kept.
            passwords: Checks them.
            clock: Tells the time.
            lifetimes: How long logins last.
            when_out: Called when a login was ended before its time.
        """
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._lifetimes = lifetimes
        self._when_out = when_out
        self.counters = StaffCounters()

    async def sign_in(
        self, login: str, password: str, whence: From, *, instead_of: str = ""
    ) -> tuple[SignedIn, str]:
        """Return who signed in, and the token of a new login; never one that was known before.

        Args:
            login: As it was typed.
            password: Likewise.
            whence: Where the request comes from.
            instead_of: Token of a login of the same browser, which ends.

        Raises:
            StaffError: Login or password are not right (401), whichever it was.
            TooMany: They were not right too often; nothing was looked at.
        """
        now, key = self._clock.now(), key_of(login)
        account = await self._store.by_login(key) if is_login_key(key) else None
        counted_by = await self._count(key, account, whence)
        stored = account.password_hash if account is not None and account.is_active else None
        if not await self._passwords.is_right(stored, password) or account is None:
            self.counters.sign_ins_failed += 1
            raise not_the_password()
        assert stored is not None
        await self._forgive(counted_by, whence)
        issued = issue(
            account.account_id,
            now=now,
            lifetimes=self._lifetimes,
            address=whence.address,
            browser=whence.browser,
        )
        entry = self._entry(account, "login.begun", whence, subject=issued.login.login_id)
        former = await self.logins(account.account_id)
        ends = [EndLogin(one.account_id, one.login_id) for one in former[_MOST_LOGINS - 1 :]]
        await self._store.apply([AddLogin(issued.login, stored), *ends], entry)
        self.counters.sign_ins += 1
        if self._passwords.is_outdated(stored):
            with suppress(Unavailable):  # the next time, then
                fresh = await self._passwords.hash(password)
                await self._store.apply([Rehash(account.account_id, stored, fresh)])
        if instead_of:
            await self.sign_out(instead_of)
        return self._signed_in(account, issued), issued.token

    async def who(self, token: str) -> SignedIn | None:
        """Return who shows ``token``, whose login lasts longer for it; None: nobody."""
        digest = digest_of(token)
        now = self._clock.now()
        found = await self._store.signed_in(digest, now) if digest else None
        if found is None:
            return None
        login, account = found
        until = prolonged(login, now, self._lifetimes)
        if until is not None:
            await self._store.see(login.login_id, seen_at=now, expires_at=until)
            login = replace(login, seen_at=now, expires_at=until)
        return SignedIn(account=account, login=login, csrf=csrf_of(token))

    async def sign_out(self, token: str) -> None:
        """End the login of ``token``; nothing happens when there is none."""
        found = await self._store.signed_in(digest_of(token), self._clock.now())
        if found is not None:
            login, account = found
            await self._store.apply([EndLogin(account.account_id, login.login_id)])
            self._when_out()

    async def logins(self, account_id: str) -> list[Login]:
        """Return the browsers in which an account is signed in, the latest seen first."""
        return list(await self._store.logins(account_id, self._clock.now()))

    async def end_login(self, account: Account, login_id: str, whence: From) -> None:
        """Sign one's own browser out.

        Raises:
            StaffError: There is no such login (404).
        """
        if login_id not in {login.login_id for login in await self.logins(account.account_id)}:
            raise StaffError("there is no such login", problem="not-found", status=404)
        entry = self._entry(account, "login.revoked", whence, subject=login_id)
        await self._store.apply([EndLogin(account.account_id, login_id)], entry)
        self._when_out()

    async def change_password(
        self, who: SignedIn, current: str, fresh: str, whence: From
    ) -> tuple[SignedIn, str]:
        """Change one's own password; every login ends, and a new one begins here.

        Raises:
            StaffError: The current password is not right (403), or the new one is weak (400).
            TooMany: It was not right too often.
        """
        account, now = who.account, self._clock.now()
        key = key_of(account.login)
        check_password(fresh, names=(account.login, account.display_name, account.staff_number))
        counted_by = await self._count(key, account, whence)
        if not await self._passwords.is_right(account.password_hash, current):
            raise StaffError(
                "the current password is not right", problem="wrong-password", status=403
            )
        await self._forgive(counted_by, whence)
        stored = await self._passwords.hash(fresh)
        issued = issue(
            account.account_id,
            now=now,
            lifetimes=self._lifetimes,
            address=whence.address,
            browser=whence.browser,
        )
        changed = replace(account, password_hash=stored, changed_at=now)
        await self._store.apply(
            [
                ChangeAccount(changed),
                EndInvitations(account.account_id),
                EndLogins(account.account_id),
                AddLogin(issued.login, stored),
            ],
            self._entry(account, "password.changed", whence, subject=account.account_id),
        )
        self._when_out()
        return self._signed_in(replace(changed, version=changed.version + 1), issued), issued.token

    async def set_settings(self, account: Account, settings: Mapping[str, Any]) -> None:
        """Store what the workbench remembers.

        Raises:
            StaffError: It is too much (413).
        """
        kept = dict(settings)
        if len(msgspec.json.encode(kept)) > _MAX_SETTINGS:
            raise StaffError(
                f"settings take at most {_MAX_SETTINGS} bytes", problem="too-large", status=413
            )
        await self._store.apply([SetSettings(account.account_id, kept)])

    async def _count(self, key: str, account: Account | None, whence: From) -> str:
        """Count an attempt, and return by what: the login, or the login at a known address.

        An address from which the account was signed in of late is counted for itself, so that
        whoever guesses elsewhere does not keep an agent out at their own desk. For a login that
        does not exist the same is looked up.

        Raises:
            TooMany: There were too many.
        """
        now = self._clock.now()
        counted_by, address = _counted_by(key), address_key(whence.address)
        account_id = _NOBODY if account is None else account.account_id
        for login in await self._store.logins(account_id, now - _KNOWN_SECONDS):
            if address_key(login.address) == address:
                counted_by = f"{counted_by} {address}"
                break
        keys = {counted_by: PER_LOGIN}
        if whence.address:
            keys[address] = PER_ADDRESS
        until = await self._store.count(keys, now)
        if until is not None:
            self.counters.sign_ins_refused += 1
            log.warning("an attempt to sign in was refused", extra=fields(address=whence.address))
            raise TooMany(
                "too many attempts with this login or from this address; wait a moment",
                retry_after=max(1.0, until - now),
            )
        return counted_by

    async def _forgive(self, counted_by: str, whence: From) -> None:
        await self._store.forgive(counted_by, wholly=True)
        if whence.address:
            await self._store.forgive(address_key(whence.address), wholly=False)

    def _signed_in(self, account: Account, issued: Issued) -> SignedIn:
        return SignedIn(account=account, login=issued.login, csrf=csrf_of(issued.token))

    def _entry(self, account: Account, act: str, whence: From, *, subject: str) -> AuditEntry:
        return AuditEntry(
            at=self._clock.now(),
            actor_id=account.account_id,
            actor_name=account.display_name,
            act=act,
            subject=subject,
            address=whence.address,
        )


def _counted_by(key: str) -> str:
    """Return what attempts are counted by; stores need not know what is no login at all."""
    if is_login_key(key):
        return f"login:{key}"
    return f"login#{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
