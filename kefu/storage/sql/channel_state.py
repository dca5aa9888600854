"""What channels keep together, in SQL."""

from __future__ import annotations

from kefu.core.shared_state import StateChange, StateValue
from kefu.storage.sql.work import Database, Work

__all__ = ["SqlChannelState", "changing"]


class SqlChannelState:
    """Keeps small values; see :class:`kefu.channels.sharing.StateStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str, *, now: float) -> StateValue | None:
        """Return a value that has not expired."""
        return await self._database.read(lambda: _get(key, now))

    async def put(self, key: str, value: str, *, expires_at: float | None) -> None:
        """Set a value."""
        await self._database.write(lambda: _put(key, value, expires_at))

    async def change(self, change: StateChange, *, expires_at: float | None, now: float) -> bool:
        """Set a value if its version is the expected one."""
        return await self._database.write(lambda: changing(change, expires_at, now))

    async def drop_expired(self, now: float) -> None:
        """Forget what has expired."""
        await self._database.write(lambda: _drop_expired(now))


def _get(key: str, now: float) -> Work[StateValue | None]:
    rows = yield "find_state", {"key": key, "now": now}
    return StateValue(*rows[0]) if rows else None


def _put(key: str, value: str, expires_at: float | None) -> Work[None]:
    yield "put_state", {"key": key, "value": value, "expires_at": expires_at}


def changing(change: StateChange, expires_at: float | None, now: float) -> Work[bool]:
    """Set a value if its version is the expected one; return whether it was."""
    values = {"key": change.key, "value": change.value, "expires_at": expires_at, "now": now}
    if not change.expected_version:
        return bool((yield "new_state", values))
    values["expected_version"] = change.expected_version
    return bool((yield "change_state", values))


def _drop_expired(now: float) -> Work[None]:
    yield "drop_expired_states", {"now": now}
