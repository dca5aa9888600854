"""Demo agents: accounts with new passwords at each start, shut again at a start without them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Final

from kefu.clock import Clock
from kefu.core.ids import new_id
from kefu.staff.accounts import Account, key_of
from kefu.staff.changes import AddAccount, ChangeAccount, EndInvitations, EndLogins, Step
from kefu.staff.directory import Acting, everything
from kefu.staff.following import Following
from kefu.staff.passwords import Passwords
from kefu.staff.permissions import Role
from kefu.staff.ports import StaffStore

__all__ = ["Demo", "DemoLogin"]

_WHO: Final = (
    ("demo-1", "小林", Role.AGENT),
    ("demo-2", "Alex", Role.AGENT),
    ("demo-lead", "陈班长", Role.SUPERVISOR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLogin:
    """How a demo agent signs in."""

    login: str
    password: str = field(repr=False)
    role: Role


class Demo:
    """Opens and shuts the demo accounts."""

    def __init__(
        self, store: StaffStore, passwords: Passwords, clock: Clock, following: Following
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._following = following

    async def open(self) -> list[DemoLogin]:
        """Give every demo agent an account with a new password; return how they sign in.

        A login that somebody else has is left out.
        """
        by = Acting(everything("kefu run --demo"))
        opened: list[DemoLogin] = []
        for login, name, role in _WHO:
            password, now = secrets.token_urlsafe(12), self._clock.now()
            stored = await self._passwords.hash(password)
            entry = by.entry(now, "demo.opened", login)
            found = await self._store.by_login(key_of(login))
            if found is None:
                account = Account(
                    account_id=new_id("a"),
                    staff_number=login,
                    login=login,
                    display_name=name,
                    languages=("zh", "en"),
                    role=role,
                    is_demo=True,
                    password_hash=stored,
                    created_at=now,
                    changed_at=now,
                )
                await self._store.apply([AddAccount(account)], entry)
            elif found.is_demo:
                account = replace(
                    found, password_hash=stored, role=role, is_active=True, changed_at=now
                )
                ends = (EndLogins(found.account_id), EndInvitations(found.account_id))
                await self._store.apply([ChangeAccount(account), *ends], entry)
                account = replace(account, version=account.version + 1)
            else:
                continue
            await self._following.changed(account)
            opened.append(DemoLogin(login=login, password=password, role=role))
        return opened

    async def shut(self) -> int:
        """Disable all demo accounts; return how many there were."""
        by, shut = Acting(everything("kefu run")), 0
        for account in await self._store.accounts():
            if account.is_demo and account.is_active:
                now = self._clock.now()
                after = replace(account, is_active=False, password_hash=None, changed_at=now)
                steps: list[Step] = [
                    ChangeAccount(after),
                    EndLogins(account.account_id),
                    EndInvitations(account.account_id),
                ]
                await self._store.apply(steps, by.entry(now, "demo.shut", account.account_id))
                await self._following.changed(replace(after, version=after.version + 1))
                shut += 1
        return shut
