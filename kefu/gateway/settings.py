"""Limits of the gateway."""

from __future__ import annotations

from dataclasses import dataclass

from kefu.gateway.ports import Limits

__all__ = ["GatewaySettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """What can be set about the gateway."""

    turn_timeout: float = 120.0
    """Seconds after which a turn counts as failed."""
    limits: Limits | None = None
    """How fast a customer may write; None: as fast as they like."""
    max_running: int = 64
    """Conversations that have a turn at the same time."""
    max_waiting: int = 10_000
    """Messages in hand above which new ones are refused for the moment."""
    merge_waiting: bool = False
    """Whether messages that wait when a turn begins are answered as one."""
    max_live: int = 2_000
    """Conversations kept in memory between turns."""
    max_live_bytes: int = 64_000_000
    """Memory that these may take, roughly."""
    snapshot_every: int = 100
    """Events between two snapshots of a conversation."""
    delivery_hold: float = 10.0
    """Seconds for which a delivery belongs to the process that took it up to send it."""
    round_seconds: float = 5.0
    """Longest time between two looks for what has come due."""
    retry_after: float = 30.0
    """Seconds after which a message is tried again whose turn could not be committed."""
    lease_seconds: float = 5.0
    """Where several processes share the work: seconds after which what a process that died had in
    hand is taken over."""
    kept_lease_seconds: float = 30.0
    """Seconds for which a process keeps a conversation that nobody else wants after a turn."""
    look_seconds: float = 1.5
    """Longest time between two looks for what others left, where several processes share."""
