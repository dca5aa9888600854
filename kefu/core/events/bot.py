"""Events about what the bot did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.core.events.fact import Fact

__all__ = [
    "ActionExecuted",
    "ActionExecutionRejected",
    "ActionReverted",
    "BotUttered",
    "FollowupAction",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExecuted(Fact):
    """An action ran. Exactly one of ``action_name`` and ``action_text`` is set."""

    action_name: str | None = None
    policy: str | None = field(default=None, compare=False)
    confidence: float | None = field(default=None, compare=False)
    action_text: str | None = None
    """The text of an end-to-end bot utterance."""
    hide_rule_turn: bool = field(default=False, compare=False)
    """True when a rule without counterpart in the stories chose the action: learned policies
    do not see the turn."""

    @property
    def name_or_text(self) -> str:
        """The action's name, or its text when it is an end-to-end utterance."""
        return self.action_name or self.action_text or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotUttered(Fact):
    """The bot said something."""

    text: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """``elements``, ``quick_replies``, ``buttons``, ``attachment``, ``image``, ``custom``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupAction(Fact):
    """The named action runs next, whatever the policies say."""

    action_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReverted(Fact):
    """The last action and all that followed it no longer count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionExecutionRejected(Fact):
    """A predicted action declined to run."""

    action_name: str
    policy: str | None = field(default=None, compare=False)
    confidence: float | None = field(default=None, compare=False)
