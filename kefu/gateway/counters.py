"""What the gateway counts; the server shows it at ``/metrics``."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Counters"]


@dataclass(slots=True)
class Counters:
    """Totals since the process started."""

    received: int = 0
    """Messages taken into the log."""
    repeats: int = 0
    """Messages recognised as repeats."""
    blocked_messages: int = 0
    """Messages that were not taken because their sender is blocked."""
    turns: int = 0
    """Turns committed."""
    failed_turns: int = 0
    """Turns that raised, so that the customer got the apology."""
    conflicts: int = 0
    """Commits that lost against another one and were done again or dropped."""
    dropped_turns: int = 0
    """Turns of the bot not sent because a human had taken over meanwhile."""
    recovered: int = 0
    """Messages whose turn an earlier run of the process did not come to."""
    loads: int = 0
    """Conversations loaded from the store."""
    continued: int = 0
    """Conversations that another process had taken further, brought up to date."""
    lease_waits: int = 0
    """Times that a conversation was in the hands of another process."""
    leases_lost: int = 0
    """Leases that ended before their turn did; the commit's version decided then."""
    deliveries_sent: int = 0
    delivery_failures: int = 0
    deliveries_given_up: int = 0
    deliveries_held: int = 0
    """Times that a channel could not send before the customer writes again."""
    relayed: int = 0
    """Messages that went to an agent without a turn of the bot."""
    merged: int = 0
    """Messages that were answered together with a later one."""
    reminders: int = 0
    """Reminders that came due and were acted on."""
    follower_failures: int = 0
    """Times that a follower of the log raised."""
