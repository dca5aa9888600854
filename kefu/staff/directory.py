"""The administration of agents: who is there, with which abilities and rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kefu.clock import Clock
from kefu.core.ids import is_id, new_id
from kefu.errors import StaffError
from kefu.staff.accounts import (
    MAX_SESSIONS,
    Account,
    checked_avatar,
    checked_name,
    checked_text,
    login_key,
    number_key,
)
from kefu.staff.audit import AuditEntry
from kefu.staff.changes import (
    AddAccount,
    AddInvitation,
    AdminLeft,
    ChangeAccount,
    EndInvitations,
    EndLogin,
    EndLogins,
    Step,
    changed_meanwhile,
    no_such,
)
from kefu.staff.following import Following
from kefu.staff.invitations import Invitations, Link, free_number
from kefu.staff.permissions import ROLES, Actor, Role, may_grant
from kefu.staff.ports import StaffStore

__all__ = ["Acting", "Directory", "everything", "not_allowed"]

_MOST_ITEMS: Final = 50
_MAX_LEVEL: Final = 5
_CHANGEABLE: Final = (
    "staff_number",
    "login",
    "display_name",
    "avatar",
    "languages",
    "skills",
    "groups",
    "max_sessions",
    "role",
    "permissions",
    "is_active",
)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who administers, and from where."""

    actor: Actor
    address: str = ""

    def entry(
        self, at: float, act: str, subject: str, data: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Return what is written down of it."""
        return AuditEntry(
            at=at,
            actor_id=self.actor.account_id,
            actor_name=self.actor.name,
            act=act,
            subject=subject,
            data=data or {},
            address=self.address,
        )


class Directory:
    """Creates, changes and removes accounts; everything is written down in the audit log."""

    def __init__(
        self,
        store: StaffStore,
        invitations: Invitations,
        clock: Clock,
        following: Following,
        *,
        when_out: Callable[[], None],
    ) -> None:
        """Put it together; ``when_out`` is called when somebody was signed out."""
        self._store = store
        self._invitations = invitations
        self._clock = clock
        self._following = following
        self._when_out = when_out

    async def all(self) -> list[Account]:
        """Return all accounts but the removed ones, by staff number."""
        return list(await self._store.accounts())

    async def one(self, account_id: str) -> Account:
        """Return an account, also one that was removed.

        Raises:
            StaffError: There is none (404).
        """
        account = await self._store.account(account_id) if is_id(account_id, "a") else None
        if account is None:
            raise no_such("agent")
        return account

    async def create(self, by: Acting, given: Mapping[str, Any]) -> tuple[Account, Link]:
        """Make an account, and the one-time link by which its owner chooses a password.

        Args:
            by: Who does it.
            given: Fields of the account; without ``staff_number`` the next free one is taken,
                without ``login`` the staff number is.

        Raises:
            StaffError: Something is not good (400), taken (409) or not theirs to give (403).
        """
        now = self._clock.now()
        number = given.get("staff_number") or free_number(await self._store.accounts())
        new = Account(
            account_id=new_id("a"),
            staff_number=number,
            login=given.get("login") or number,
            display_name=given.get("display_name") or number,
            created_at=now,
            changed_at=now,
        )
        # What is left empty is as usual; to take no conversations is a number like any other.
        is_told = {key: bool(value) or value == 0 for key, value in given.items()}
        rest = {key: given[key] for key in _CHANGEABLE if is_told.get(key)}
        account = await self._checked(replace(new, **{**rest, "is_active": True}))
        _may(by.actor, account)
        link = self._invitations.new_link(account.account_id, account.role)
        data = {"login": account.login, "role": account.role, "staff_number": account.staff_number}
        await self._store.apply(
            [AddAccount(account), AddInvitation(link.invitation)],
            by.entry(now, "agent.created", account.account_id, data),
        )
        await self._following.changed(account)
        return account, link

    async def change(
        self, by: Acting, account_id: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> Account:
        """Change fields of an account; who is disabled is signed out at once.

        Args:
            by: Who does it.
            account_id: Whose.
            given: The fields that change.
            version: The version that is expected; None: any.

        Raises:
            StaffError: As for :meth:`create`; also if it is the last administrator (409).
            Conflict: It has another version.
        """
        before = await self._present(account_id)
        if version is not None and version != before.version:
            raise changed_meanwhile("the account")
        _may(by.actor, before)
        changes = {key: value for key, value in given.items() if key in _CHANGEABLE}
        after = await self._checked(replace(before, **changes))
        _may(by.actor, after)
        told = _difference(before, after)
        if not told:
            return before
        after = replace(after, changed_at=self._clock.now())
        steps: list[Step] = [ChangeAccount(after)]
        if not after.is_active:
            steps.append(EndLogins(account_id))
        if not after.is_active or after.held - before.held:
            steps.append(EndInvitations(account_id))  # whoever has the link got it for less
        await self._administer(by, before, after, steps, told)
        return replace(after, version=after.version + 1)

    async def remove(self, by: Acting, account_id: str) -> None:
        """Remove an account; its name stays where it is mentioned, its login becomes free.

        Raises:
            StaffError: There is none (404), it is not theirs to change (403), or the last
                administrator (409).
        """
        before = await self._present(account_id)
        _may(by.actor, before)
        after = replace(
            before,
            is_active=False,
            is_removed=True,
            password_hash=None,
            groups=(),
            changed_at=self._clock.now(),
        )
        steps: list[Step] = [
            ChangeAccount(after),
            EndLogins(account_id),
            EndInvitations(account_id),
        ]
        told = {"login": before.login, "staff_number": before.staff_number}
        await self._administer(by, before, after, steps, told, act="agent.removed")

    async def reset(self, by: Acting, account_id: str) -> Link:
        """Sign somebody out everywhere, void their password, and return a link for another.

        The last administrator keeps the old password until the link is used.

        Raises:
            StaffError: As for :meth:`remove`; also if the account is disabled (409).
        """
        account = await self._present(account_id)
        _may(by.actor, account)
        if not account.is_active:
            raise StaffError(
                "the account is disabled; enable it first", problem="disabled", status=409
            )
        now = self._clock.now()
        link = self._invitations.new_link(account_id, account.role)
        steps: list[Step] = [EndLogins(account_id), AddInvitation(link.invitation)]
        if not account.is_ruling or any(
            other.is_ruling
            for other in await self._store.accounts()
            if other.account_id != account_id
        ):
            steps.append(ChangeAccount(replace(account, password_hash=None, changed_at=now)))
            if account.is_ruling:
                steps.append(AdminLeft())
        await self._store.apply(steps, by.entry(now, "agent.reset", account_id))
        self._when_out()
        return link

    async def end_login(self, by: Acting, account_id: str, login_id: str) -> None:
        """Sign one browser of somebody out.

        Raises:
            StaffError: There is no such login (404), or it is not theirs to end (403).
        """
        account = await self._present(account_id)
        _may(by.actor, account)
        now = self._clock.now()
        if login_id not in {one.login_id for one in await self._store.logins(account_id, now)}:
            raise no_such("login")
        entry = by.entry(now, "login.revoked", login_id, {"agent": account_id})
        await self._store.apply([EndLogin(account_id, login_id)], entry)
        self._when_out()

    async def _administer(
        self,
        by: Acting,
        before: Account,
        after: Account,
        steps: list[Step],
        told: Mapping[str, Any],
        *,
        act: str = "agent.changed",
    ) -> None:
        if before.is_ruling and not after.is_ruling:
            steps.append(AdminLeft())
        entry = by.entry(self._clock.now(), act, before.account_id, told)
        await self._store.apply(steps, entry)
        self._when_out()
        await self._following.changed(replace(after, version=after.version + 1))

    async def _present(self, account_id: str) -> Account:
        found = await self.one(account_id)
        if found.is_removed:
            raise no_such("agent")
        return found

    async def _checked(self, account: Account) -> Account:
        """Return the account in the form that is stored.

        Raises:
            StaffError: Something in it is not good (400).
        """
        login_key(account.login)
        number_key(account.staff_number)
        if not 0 <= account.max_sessions <= MAX_SESSIONS:
            raise _bad(
                f"an agent has 0 to {MAX_SESSIONS} conversations at a time at most",
                why="sessions",
                most=MAX_SESSIONS,
            )
        languages = tuple(dict.fromkeys(account.languages))
        if len(languages) > _MOST_ITEMS or not all(2 <= len(code) <= 12 for code in languages):
            raise _bad("languages are codes such as zh or en", why="language")
        await self._check_known("skill", account.skills)
        await self._check_known("group", account.groups)
        if not all(1 <= level <= _MAX_LEVEL for level in account.skills.values()):
            raise _bad(f"the level of a skill is 1 to {_MAX_LEVEL}", why="level", most=_MAX_LEVEL)
        return replace(
            account,
            login=checked_text(account.login, "a login"),
            staff_number=checked_text(account.staff_number, "a staff number", most=32),
            display_name=checked_name(account.display_name),
            avatar=checked_avatar(account.avatar),
            languages=languages,
            groups=tuple(dict.fromkeys(account.groups)),
        )

    async def _check_known(self, kind: str, wanted: Sequence[str] | Mapping[str, int]) -> None:
        if not wanted:
            return
        known = {named.named_id for named in await self._store.named(kind)}
        for name in wanted:
            if name not in known:
                raise _bad(
                    f"there is no {kind} {name!r}; make it first", why=f"no-{kind}", name=name
                )


def _may(actor: Actor, account: Account) -> None:
    """Refuse to let somebody give, or touch, rights that they do not have themselves."""
    if not may_grant(actor, account.held):
        raise not_allowed("you cannot administer an account that may do more than you")


def _difference(before: Account, after: Account) -> dict[str, Any]:
    """Return the fields that change, each with its value before and after, as JSON."""
    changed: dict[str, Any] = {}
    for key in _CHANGEABLE:
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            changed[key] = [_plain(old), _plain(new)]
    return changed


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _bad(message: str, *, why: str, **values: Any) -> StaffError:
    return StaffError(message, problem="bad-agent", status=400, details={"why": why, **values})


def not_allowed(message: str) -> StaffError:
    """Return the error for what somebody may not do."""
    return StaffError(message, problem="not-allowed", status=403)


def everything(name: str) -> Actor:
    """Return an actor who may do everything: whoever has the command line has the database."""
    return Actor(account_id="", name=name, permissions=ROLES[Role.ADMIN])
