"""What happened to customers, for ``/metrics``."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CustomerCounters"]


@dataclass(slots=True)
class CustomerCounters:
    """Counts of this process."""

    sign_ins: int = 0
    sign_ins_refused: int = 0
    """Tokens that were not good."""
    merges: int = 0
    unmerges: int = 0
    moves: int = 0
    """Addresses that changed hands."""
    merges_refused: int = 0
    """Identities that belong to somebody else and stayed theirs."""
    erasures: int = 0
    """Customers who had deleted what they said."""
