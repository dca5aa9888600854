"""Events about the course of a conversation: sessions, loops, pauses, reminders, people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.core.events.fact import Fact

__all__ = [
    "ActiveLoop",
    "AgentUttered",
    "ConversationPaused",
    "ConversationResumed",
    "LoopInterrupted",
    "ReminderCancelled",
    "ReminderScheduled",
    "Restarted",
    "SessionStarted",
    "StoryExported",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Fact):
    """A new session began; earlier events no longer count for the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted(Fact):
    """The conversation starts over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPaused(Fact):
    """The bot is silent from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationResumed(Fact):
    """The bot answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLoop(Fact):
    """The named form or loop became active; None ends the active one."""

    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopInterrupted(Fact):
    """True: the active loop was left for another topic, so it does not validate the message."""

    is_interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderScheduled(Fact):
    """At ``trigger_at`` the intent is triggered as if from outside."""

    intent: str
    trigger_at: float
    """Seconds since the epoch."""
    trigger_date_time: str = field(default="", compare=False)
    """The moment as it was written (ISO 8601), kept for faithful JSON."""
    name: str = ""
    """Scheduling again under the same name replaces the reminder."""
    kill_on_user_message: bool = True
    entities: Any = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderCancelled(Fact):
    """Reminders that match all given fields are dropped; all of them when none is given."""

    name: str | None = None
    intent: str | None = None
    entities: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUttered(Fact):
    """A human agent said something."""

    text: str | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryExported(Fact):
    """The conversation was exported as a story; kept so that logs of Rasa can be read."""

    path: str | None = None
