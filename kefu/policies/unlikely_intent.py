"""Notices an intent that does not belong here: ``action_unlikely_intent``.

Counts what customers say in the stories after each action of the bot. Only an intent and an
action that the stories know well, yet never together, are called unlikely; what any rule reacts
to, and what any conversation can begin with, is never unlikely.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, UserUttered
from kefu.core.names import ACTION_LISTEN, ACTION_UNLIKELY_INTENT, DEFAULT_INTENTS
from kefu.core.parts import Parts
from kefu.core.tracker import Tracker
from kefu.policies.material import Material
from kefu.policies.policy import UNLIKELY_INTENT_PRIORITY, PolicyPrediction, Surroundings
from kefu.policies.training_trackers import TrainingDialogue

__all__ = [
    "UnlikelyIntentPolicy",
    "UnlikelyIntentSettings",
    "load_unlikely_intent",
    "train_unlikely_intent",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlikelyIntentSettings:
    """Settings of the policy in config.yml."""

    priority: int = UNLIKELY_INTENT_PRIORITY
    max_history: int | None = None
    ignore_intents_list: tuple[str, ...] = ()
    """Intents that are never unlikely."""
    tolerance: float = 0.0
    """From 0, the intents that are seen as unlikely, to 1: none is."""
    min_stories: int = 5
    """Messages with the intent, and after the action, that the stories must have."""


@dataclass(slots=True)
class _Counts:
    after: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Action -> intents that follow it."""
    actions: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    always_likely: set[str] = field(default_factory=set)


class UnlikelyIntentPolicy:
    """Predicts ``action_unlikely_intent`` with confidence 1, or nothing."""

    name = "UnexpecTEDIntentPolicy"

    def __init__(
        self,
        settings: UnlikelyIntentSettings,
        domain: Domain,
        *,
        intents: frozenset[str],
        after: dict[str, frozenset[str]],
    ) -> None:
        self.settings = settings
        self._domain = domain
        self._intents = intents - set(settings.ignore_intents_list)
        self._after = after

    @property
    def priority(self) -> int:
        """Decides between predictions of equal confidence."""
        return self.settings.priority

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Predict right after a message; never twice for the same."""
        scores = {ACTION_UNLIKELY_INTENT: 1.0} if self._is_unlikely(tracker) else {}
        return PolicyPrediction.from_scores(
            scores, self._domain, policy_name=self.name, priority=self.priority
        )

    def _is_unlikely(self, tracker: Tracker) -> bool:
        if self.settings.tolerance >= 1.0 or tracker.state.active_loop_name:
            return False
        message: UserUttered | None = None
        for event in reversed(tracker.applied):
            if isinstance(event, UserUttered):
                message = message or event
            elif isinstance(event, ActionExecuted):
                if message is None:
                    return False
                if event.action_name != ACTION_LISTEN:
                    expected = self._after.get(event.name_or_text)
                    intent = message.intent_name
                    return expected is not None and intent in self._intents - expected
        return False


def train_unlikely_intent(settings: UnlikelyIntentSettings, material: Material) -> Parts:
    """Count which intents the stories know after which action."""
    counts = _count(material.stories)
    counts.always_likely.update(_intents_of(material.rules), DEFAULT_INTENTS)
    least = settings.min_stories
    known = {intent for intent, count in counts.intents.items() if count >= least}
    after = {a: sorted(counts.after[a]) for a, n in sorted(counts.actions.items()) if n >= least}
    return {"counts": {"intents": sorted(known - counts.always_likely), "after": after}}


def _count(stories: Iterable[TrainingDialogue]) -> _Counts:
    counts = _Counts()
    for story in stories:
        action: str | None = None
        for event in story.tracker.events:
            if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN:
                action = event.name_or_text
            elif isinstance(event, UserUttered) and event.intent_name:
                counts.intents[event.intent_name] += 1
                if action is None:
                    counts.always_likely.add(event.intent_name)
                else:
                    counts.after[action].add(event.intent_name)
                    counts.actions[action] += 1
    return counts


def _intents_of(dialogues: Iterable[TrainingDialogue]) -> Iterable[str]:
    for dialogue in dialogues:
        for event in dialogue.tracker.events:
            if isinstance(event, UserUttered) and event.intent_name:
                yield event.intent_name


def load_unlikely_intent(
    settings: UnlikelyIntentSettings, surroundings: Surroundings, parts: Parts
) -> UnlikelyIntentPolicy:
    """Load the policy."""
    saved: Any = parts["counts"]
    return UnlikelyIntentPolicy(
        settings,
        surroundings.domain,
        intents=frozenset(saved["intents"]),
        after={action: frozenset(intents) for action, intents in saved["after"].items()},
    )
