"""Events about what the customer said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.core.events.fact import Fact

__all__ = ["EntitiesAdded", "UserFeaturization", "UserUtteranceReverted", "UserUttered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUttered(Fact):
    """The customer said something, and this is how it was understood."""

    text: str | None = None
    intent: Mapping[str, Any] = field(default_factory=dict)
    """``name`` and ``confidence``; empty when nothing was understood."""
    entities: tuple[Mapping[str, Any], ...] = ()
    parse_data: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Everything the pipeline found, as stored and as custom actions see it."""
    input_channel: str | None = field(default=None, compare=False)
    message_id: str | None = field(default=None, compare=False)

    @property
    def intent_name(self) -> str | None:
        """The intent's name, without the part behind a retrieval intent's slash."""
        name: str | None = self.intent.get("name")
        return name

    @property
    def full_retrieval_intent_name(self) -> str | None:
        """For a retrieval intent the name with the part behind the slash."""
        name: str | None = self.intent.get("full_retrieval_intent_name")
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFeaturization(Fact):
    """Whether the text (True) or the intent (False) of the last message led to the action."""

    use_text_for_featurization: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitiesAdded(Fact):
    """A policy found more entities in the last message."""

    entities: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUtteranceReverted(Fact):
    """The last message and all that followed it no longer count."""
