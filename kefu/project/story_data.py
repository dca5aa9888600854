"""Stories and rules as read from a project's files, before they are put together.

A story is a list of steps; a step is an event-like item. Checkpoints and ``or`` are still in it:
:mod:`kefu.policies.training_trackers` turns them into conversations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.project.problems import Place

__all__ = [
    "ActionStep",
    "BotStep",
    "CheckpointStep",
    "LoopStep",
    "OrStep",
    "SlotStep",
    "Step",
    "Story",
    "StoryData",
    "UserStep",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStep:
    """``intent:`` and/or ``user:`` of a story."""

    place: Place = field(compare=False)
    intent: str | None = None
    """Without the part behind a retrieval intent's slash."""
    full_retrieval_intent: str | None = None
    """``faq/ask_x`` when the story names the full retrieval intent."""
    text: str | None = None
    """The sentence of an end-to-end or test story, entity annotations taken out."""
    entities: tuple[Mapping[str, Any], ...] = ()
    """``entity``, ``value`` and where given ``role``, ``group``, ``start``, ``end``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStep:
    """``action:`` of a story; the ``...`` of a rule snippet never appears here."""

    place: Place = field(compare=False)
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStep:
    """``bot:`` of an end-to-end story: the bot says this text."""

    place: Place = field(compare=False)
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStep:
    """``slot_was_set:``, one item for each slot."""

    place: Place = field(compare=False)
    name: str
    value: Any = None
    has_value: bool = True
    """False for ``- slot_was_set: [name]``, which says that it was set, not to what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStep:
    """``active_loop:``; None ends the loop."""

    place: Place = field(compare=False)
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointStep:
    """``checkpoint:``, with the slots that must hold for it."""

    place: Place = field(compare=False)
    name: str
    conditions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrStep:
    """``or:``: any one of the alternatives; each alternative is a user or slot step."""

    place: Place = field(compare=False)
    alternatives: tuple[UserStep | SlotStep, ...] = ()


Step = UserStep | ActionStep | BotStep | SlotStep | LoopStep | CheckpointStep | OrStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story, rule or test story."""

    name: str
    place: Place = field(compare=False)
    steps: tuple[Step, ...] = ()
    is_rule: bool = False
    conditions: tuple[SlotStep | LoopStep, ...] = ()
    """``condition:`` of a rule."""
    is_conversation_start: bool = False
    waits_for_user_input: bool = True
    fixtures: tuple[str, ...] = ()
    """Names of the fixtures of a test story."""
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryData:
    """All stories and rules of a project, in file order."""

    stories: tuple[Story, ...] = ()
    rules: tuple[Story, ...] = ()
    fixtures: Mapping[str, tuple[SlotStep, ...]] = field(default_factory=dict)
