"""What happened at the desk's door, for ``/metrics``."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StaffCounters"]


@dataclass(slots=True)
class StaffCounters:
    """Counts of this process."""

    sign_ins: int = 0
    sign_ins_failed: int = 0
    """Login or password were not right."""
    sign_ins_refused: int = 0
    """They were not right too often; nothing was looked at."""
