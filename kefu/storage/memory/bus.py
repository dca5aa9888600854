"""A live bus between gateways of one process; with one gateway it carries nothing."""

from __future__ import annotations

from collections.abc import Callable

from kefu.gateway.coordination import LiveMessage

__all__ = ["MemoryBus"]


class MemoryBus:
    """Carries messages at once; see :class:`kefu.gateway.coordination.LiveBus`."""

    def __init__(self, *others: MemoryBus, is_complete: bool = True) -> None:
        """Join ``others``.

        Args:
            others: Those that hear what is published here and are heard here.
            is_complete: False where there are processes that this bus does not reach.
        """
        self.is_complete = is_complete
        self._others = list(others)
        self._hearing: list[Callable[[LiveMessage], None]] = []
        for other in others:
            other.join(self)

    def join(self, other: MemoryBus) -> None:
        """Let ``other`` hear what is published here."""
        self._others.append(other)

    def publish(self, message: LiveMessage) -> None:
        """Tell all others."""
        for other in self._others:
            other.deliver(message)

    def deliver(self, message: LiveMessage) -> None:
        """Tell those who have subscribed here."""
        for hear in tuple(self._hearing):
            hear(message)

    def subscribe(self, hear: Callable[[LiveMessage], None]) -> Callable[[], None]:
        """Call ``hear`` with what others publish."""
        self._hearing.append(hear)
        return lambda: self._hearing.remove(hear)
