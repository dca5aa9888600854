"""What every policy promises, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from kefu.core.domain import Domain
from kefu.core.events import Event
from kefu.core.tracker import Tracker
from kefu.policies.history import HistoryReader

__all__ = [
    "FOLLOWUP_POLICY",
    "HANDOFF_POLICY",
    "LEARNED_PRIORITY",
    "MEMOIZATION_PRIORITY",
    "RULE_PRIORITY",
    "UNLIKELY_INTENT_PRIORITY",
    "Amending",
    "Policy",
    "PolicyPrediction",
    "Surroundings",
    "best_action",
    "gives_way",
]

LEARNED_PRIORITY = 1
UNLIKELY_INTENT_PRIORITY = 2
MEMOIZATION_PRIORITY = 3
RULE_PRIORITY = 4

FOLLOWUP_POLICY = "followup_action"
"""Stands as policy of an action that an event asked for."""

HANDOFF_POLICY = "HandoffPolicy"
"""Stands as policy of reviews and handovers, and of what was held back for a review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPrediction:
    """What a policy, or the ensemble of all of them, would do next."""

    action_name: str
    """The best action: its name, or the text of an end-to-end utterance."""
    confidence: float
    scores: Mapping[str, float] = field(default_factory=dict)
    """Confidence of each action that has any."""
    policy_name: str | None = None
    priority: int = 1
    events: tuple[Event, ...] = ()
    """Enter the log before the action, whichever policy wins."""
    optional_events: tuple[Event, ...] = ()
    """Enter the log before the action if this policy wins."""
    is_end_to_end: bool = False
    """The text of the message led to it, not the intent."""
    ignores_user: bool = False
    """Neither text nor intent was looked at, as on the happy path of a form."""
    hide_rule_turn: bool = False
    """To be copied into the action's event: the turn comes from a rule that no story has."""
    action_metadata: Mapping[str, Any] | None = None

    @classmethod
    def from_scores(
        cls, scores: Mapping[str, float], domain: Domain, **options: Any
    ) -> PolicyPrediction:
        """Build a prediction of the best of ``scores``; ``options`` are the other fields."""
        name, confidence = best_action(scores, domain)
        return cls(action_name=name, confidence=confidence, scores=scores, **options)

    @classmethod
    def for_action(
        cls, action_name: str, *, policy_name: str | None = None, confidence: float = 1.0
    ) -> PolicyPrediction:
        """Build a prediction of a given action, for follow-ups and actions run by hand."""
        return cls(
            action_name=action_name,
            confidence=confidence,
            scores={action_name: confidence},
            policy_name=policy_name,
        )

    def without(self, action_name: str, domain: Domain) -> PolicyPrediction:
        """Return this prediction with an action that declined to run taken out."""
        if action_name not in self.scores:
            return self
        scores = {name: score for name, score in self.scores.items() if name != action_name}
        name, confidence = best_action(scores, domain)
        return replace(self, action_name=name, confidence=confidence, scores=scores)


def best_action(scores: Mapping[str, float], domain: Domain) -> tuple[str, float]:
    """Return the action with the highest score; of equal ones the first in the domain.

    When no action has a score, the domain's first action stands in with confidence 0.
    """
    best_name, best_score = domain.action_names[0], 0.0
    index = domain.action_index
    last = len(index)
    for name, score in scores.items():
        is_earlier = score == best_score > 0 and index.get(name, last) < index.get(best_name, last)
        if score > best_score or is_earlier:
            best_name, best_score = name, score
    return best_name, best_score


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a policy is loaded into."""

    domain: Domain
    reader: HistoryReader
    """Reads conversations as learned policies see them, memoization included."""
    name: str
    """What config.yml calls the policy."""


class Policy(Protocol):
    """Looks at a tracker and says what it would do next.

    Attributes:
        name: As Rasa calls it; stands in the events of the actions it predicted.
        priority: Decides between predictions of equal confidence; higher wins.
    """

    @property
    def name(self) -> str:
        """As Rasa calls it; stands in the events of the actions it predicted."""
        ...

    @property
    def priority(self) -> int:
        """Decides between predictions of equal confidence; higher wins."""
        ...

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Predict the next action; does not change the tracker, except for its memo."""
        ...


def gives_way(policy: Policy) -> bool:
    """Whether a policy need not be asked when one of higher priority is certain.

    Its predictions hold nothing but an action with its confidence: they could neither win then,
    nor add events, nor count as another kind of prediction.
    """
    return bool(getattr(policy, "gives_way", False))


@runtime_checkable
class Amending(Protocol):
    """A policy that looks at what all policies together would do, and may do otherwise."""

    @property
    def name(self) -> str:
        """As config.yml calls it; stands in the events of the actions it chose."""
        ...

    def amend(self, prediction: PolicyPrediction, tracker: Tracker) -> PolicyPrediction:
        """Return what is to be done instead of ``prediction``, or that itself.

        Its events have to stay in it. The tracker is not changed. An action that declined to run
        after this policy had chosen it must not be chosen again before another one has run.
        """
        ...
