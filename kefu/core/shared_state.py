"""Small values that channels share across processes: tokens, cursors, quotas."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StateChange", "StateValue"]


@dataclass(frozen=True, slots=True)
class StateValue:
    """A value that channels keep together, and how often it was changed."""

    value: str
    version: int
    """1 at first; grows with every change."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A compare-and-set of a value that channels keep together."""

    key: str
    value: str
    expected_version: int
    """0: there is no such value yet."""
    expires_in: float | None = None
    """Seconds after which the value is gone, where it is changed together with something else."""
