"""The staff, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kefu.staff.accounts import Account, Named, NamedKind
from kefu.staff.attempts import Attempts, Patience, counted, forgiven
from kefu.staff.audit import AuditEntry, Head
from kefu.staff.changes import Invitation, Step
from kefu.staff.logins import Login
from kefu.storage.sql.staff_rows import (
    account_from,
    entry_from,
    invitation_from,
    login_from,
    named_from,
)
from kefu.storage.sql.staff_steps import taking
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlStaff"]

_LOGIN_COLUMNS = 8


class SqlStaff:
    """Keeps accounts, logins, attempts and the audit log; see :mod:`kefu.staff.ports`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- accounts --------------------------------------------------------------------------

    async def account(self, account_id: str) -> Account | None:
        """Return an account, also one that was removed."""
        rows = await self._database.rows("account", {"account_id": account_id})
        return account_from(rows[0]) if rows else None

    async def by_login(self, key: str) -> Account | None:
        """Return the account with a login."""
        rows = await self._database.rows("account_by_login", {"login_key": key})
        return account_from(rows[0]) if rows else None

    async def accounts(self) -> Sequence[Account]:
        """Return all accounts but the removed ones, by staff number."""
        return [account_from(row) for row in await self._database.rows("accounts", {})]

    async def named(self, kind: NamedKind) -> Sequence[Named]:
        """Return all groups, or all skills, by name."""
        return [named_from(row) for row in await self._database.rows("named", {"kind": kind})]

    async def apply(self, steps: Sequence[Step], entry: AuditEntry | None = None) -> None:
        """Take all steps in order and write ``entry`` down."""
        await self._database.write(lambda: taking(steps, entry))

    # -- logins ----------------------------------------------------------------------------

    async def signed_in(self, token_digest: str, now: float) -> tuple[Login, Account] | None:
        """Return whose login that is."""
        values = {"token_digest": token_digest, "now": now}
        rows = await self._database.rows("signed_in", values)
        if not rows:
            return None
        row = tuple(rows[0])
        return login_from(row), account_from(row[_LOGIN_COLUMNS:])

    async def logins(self, account_id: str, now: float) -> Sequence[Login]:
        """Return an account's logins, the latest seen first."""
        values = {"account_id": account_id, "now": now}
        return [login_from(row) for row in await self._database.rows("logins_of", values)]

    async def see(self, login_id: str, *, seen_at: float, expires_at: float) -> None:
        """Note that a login is used."""
        values = {"login_id": login_id, "seen_at": seen_at, "expires_at": expires_at}
        await self._database.write_once("see_login", values)

    async def still_in(self, login_ids: Collection[str], now: float) -> Mapping[str, int]:
        """Return which of some logins have not ended."""
        wanted = frozenset(login_ids)
        rows = await self._database.rows("still_in", {"now": now})
        return {row[0]: row[1] for row in rows if row[0] in wanted}

    async def invitation(self, token_digest: str, now: float) -> Invitation | None:
        """Return a link that works."""
        values = {"token_digest": token_digest, "now": now}
        rows = await self._database.rows("invitation", values)
        return invitation_from(rows[0]) if rows else None

    # -- attempts --------------------------------------------------------------------------

    async def count(self, keys: Mapping[str, Patience], now: float) -> float | None:
        """Count an attempt for each key."""
        return await self._database.write(lambda: _count(keys, now))

    async def forgive(self, key: str, *, wholly: bool) -> None:
        """Take the last attempt back, or forget all of them."""
        await self._database.write(lambda: _forgive(key, wholly=wholly))

    async def drop_old(self, before: float) -> None:
        """Forget what is over since before then."""
        await self._database.write(lambda: _drop_old(before))

    # -- audit -----------------------------------------------------------------------------

    async def newest(
        self, *, before: int, limit: int, act: str = "", who: str = ""
    ) -> Sequence[AuditEntry]:
        """Return the newest entries below a place, newest first."""
        values = {"before": before, "limit": limit, "act": act, "who": who}
        return [entry_from(row) for row in await self._database.rows("newest_audit", values)]

    async def written(self, *, after: int, limit: int) -> Sequence[AuditEntry]:
        """Return entries behind a place, oldest first."""
        values = {"after": after, "limit": limit}
        return [entry_from(row) for row in await self._database.rows("written_audit", values)]

    async def head(self) -> Head:
        """Return where the audit log ends."""
        rows = await self._database.rows("audit_head", {})
        return Head(*rows[0]) if rows else Head()


def _count(keys: Mapping[str, Patience], now: float) -> Work[float | None]:
    known: dict[str, Attempts] = {}
    for key in sorted(keys):  # in one order, so that no two wait for each other
        rows = yield "begin_attempts", {"key": key, "now": now}
        known[key] = Attempts(*rows[0])
    after = {key: counted(known[key], keys[key], now) for key in known}
    locked = [known[key].locked_until for key, attempts in after.items() if attempts is None]
    if locked:
        return max(locked)
    for key, attempts in after.items():
        if attempts is not None:
            yield _set(key, attempts)
    return None


def _forgive(key: str, *, wholly: bool) -> Work[None]:
    if wholly:
        yield "forget_attempts", {"key": key}
        return
    rows = yield "lock_attempts", {"key": key}
    if rows:
        yield _set(key, forgiven(Attempts(*rows[0])))


def _set(key: str, attempts: Attempts) -> tuple[str, dict[str, object]]:
    return "set_attempts", {
        "key": key,
        "failures": attempts.failures,
        "last_at": attempts.last_at,
        "locked_until": attempts.locked_until,
    }


def _drop_old(before: float) -> Work[None]:
    for name in ("drop_old_attempts", "drop_old_logins", "drop_old_invitations"):
        yield name, {"before": before}
