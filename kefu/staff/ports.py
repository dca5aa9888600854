"""What the staff needs from the outside; implemented by the stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from kefu.staff.accounts import Account, Named, NamedKind
from kefu.staff.attempts import Patience
from kefu.staff.audit import AuditEntry, Head
from kefu.staff.changes import Invitation, Step
from kefu.staff.logins import Login

__all__ = ["Accounts", "AttemptStore", "AuditLog", "LoginStore", "StaffStore"]


class Accounts(Protocol):
    """Keeps accounts, groups and skills.

    Every method raises :class:`kefu.errors.Unavailable` when the store cannot be reached.
    """

    async def account(self, account_id: str) -> Account | None:
        """Return an account, also one that was removed."""
        ...

    async def by_login(self, key: str) -> Account | None:
        """Return the account with a login; see :func:`kefu.staff.accounts.login_key`."""
        ...

    async def accounts(self) -> Sequence[Account]:
        """Return all accounts but the removed ones, by staff number."""
        ...

    async def named(self, kind: NamedKind) -> Sequence[Named]:
        """Return all groups, or all skills, by name."""
        ...

    async def apply(self, steps: Sequence[Step], entry: AuditEntry | None = None) -> None:
        """Take all steps in order and write ``entry`` down, in one transaction, or nothing.

        Raises:
            StaffError: A name is taken, a link dead, an administrator the last one.
            Conflict: Something has another version.
        """
        ...


class LoginStore(Protocol):
    """Keeps logins and links."""

    async def signed_in(self, token_digest: str, now: float) -> tuple[Login, Account] | None:
        """Return whose login that is, if it has not ended and the account is active."""
        ...

    async def logins(self, account_id: str, now: float) -> Sequence[Login]:
        """Return an account's logins, the latest seen first."""
        ...

    async def see(self, login_id: str, *, seen_at: float, expires_at: float) -> None:
        """Note that a login is used; nothing happens when it has ended."""
        ...

    async def still_in(self, login_ids: Collection[str], now: float) -> Mapping[str, int]:
        """Return which of some logins have not ended, with the versions of their accounts."""
        ...

    async def invitation(self, token_digest: str, now: float) -> Invitation | None:
        """Return a link that works."""
        ...


class AttemptStore(Protocol):
    """Counts attempts to sign in."""

    async def count(self, keys: Mapping[str, Patience], now: float) -> float | None:
        """Count an attempt for each key, in one transaction.

        Returns:
            None, or, when one of the keys is locked, until when; then nothing is counted.
        """
        ...

    async def forgive(self, key: str, *, wholly: bool) -> None:
        """Take the last attempt back, or forget all of them."""
        ...

    async def drop_old(self, before: float) -> None:
        """Forget attempts, logins and links that are over since before then."""
        ...


class AuditLog(Protocol):
    """Keeps the audit log; nothing in it can be changed."""

    async def newest(
        self, *, before: int, limit: int, act: str = "", who: str = ""
    ) -> Sequence[AuditEntry]:
        """Return the newest entries with a place below ``before``, newest first.

        Args:
            before: A place in the log.
            limit: How many at most.
            act: Only acts that begin so.
            who: Only entries with this account as actor or subject.
        """
        ...

    async def written(self, *, after: int, limit: int) -> Sequence[AuditEntry]:
        """Return entries behind a place, oldest first."""
        ...

    async def head(self) -> Head:
        """Return where the log ends."""
        ...


class StaffStore(Accounts, LoginStore, AttemptStore, AuditLog, Protocol):
    """All of it."""
