"""The course that forms and the two-stage fallback share: activate, do, and leave when done."""

from __future__ import annotations

from typing import Protocol

from kefu.core.events import ActiveLoop, Event

__all__ = ["LoopRun", "run_loop"]


class LoopRun(Protocol):
    """One run of a loop's action; ``so_far`` are the events of this run."""

    @property
    def name(self) -> str:
        """Name of the loop."""
        ...

    @property
    def is_active(self) -> bool:
        """Whether the loop was active before this run."""
        ...

    async def activated(self) -> list[Event]:
        """Return what activation adds to the loop's own event."""
        ...

    async def step(self, so_far: list[Event]) -> list[Event]:
        """Do the loop's work for this message."""
        ...

    def is_done(self, so_far: list[Event]) -> bool:
        """Whether the loop ends here."""
        ...

    async def left(self) -> list[Event]:
        """Return what leaving the loop adds to the loop's own event."""
        ...


async def run_loop(loop: LoopRun) -> list[Event]:
    """Run ``loop`` once and return what happened."""
    events: list[Event] = []
    if not loop.is_active:
        events += [ActiveLoop(name=loop.name), *await loop.activated()]
    if not loop.is_done(events):
        events += await loop.step(events)
    if loop.is_done(events):
        events += [ActiveLoop(name=None), *await loop.left()]
    return events
