"""What channels keep together, in memory."""

from __future__ import annotations

from kefu.core.shared_state import StateChange, StateValue
from kefu.storage.memory.records import Shelf

__all__ = ["MemoryChannelState"]


class MemoryChannelState:
    """Keeps small values; see :class:`kefu.channels.sharing.StateStore`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def get(self, key: str, *, now: float) -> StateValue | None:
        """Return a value that has not expired."""
        kept = self._shelf.states.get(key)
        if kept is None or not kept.is_valid(now):
            return None
        return StateValue(kept.value, kept.version)

    async def put(self, key: str, value: str, *, expires_at: float | None) -> None:
        """Set a value."""
        self._shelf.set_state(key, value, expires_at)

    async def change(self, change: StateChange, *, expires_at: float | None, now: float) -> bool:
        """Set a value if its version is the expected one."""
        return self._shelf.change_state(change, expires_at, now)

    async def drop_expired(self, now: float) -> None:
        """Forget what has expired."""
        states = self._shelf.states
        for key in [key for key, kept in states.items() if not kept.is_valid(now)]:
            del states[key]
