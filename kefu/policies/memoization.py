"""Policies that repeat what the stories say, exactly or with earlier slots forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted, Event
from kefu.core.names import ACTION_LISTEN
from kefu.core.parts import Parts
from kefu.core.tracker import Tracker
from kefu.policies.examples import examples_of
from kefu.policies.forgetting import ShortenedHistories
from kefu.policies.history import HistoryReader, as_predicted, chooses_entities
from kefu.policies.material import Material
from kefu.policies.policy import MEMOIZATION_PRIORITY, PolicyPrediction, Surroundings
from kefu.policies.situation import Situation, digest_of
from kefu.policies.training_situations import TrainingReader
from kefu.policies.training_trackers import TrainingDialogue

__all__ = [
    "AugmentedMemoizationPolicy",
    "MemoizationPolicy",
    "MemoizationSettings",
    "Memory",
    "load_augmented",
    "load_memoization",
    "train_memoization",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoizationSettings:
    """Settings of the memoization policies in config.yml."""

    priority: int = MEMOIZATION_PRIORITY
    max_history: int | None = None
    """Situations that decide; None: all since the beginning of the session."""
    use_nlu_confidence_as_score: bool = False
    """Use the confidence of the intent instead of 1."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Histories of the stories and the one action that follows each."""

    actions: dict[int, str]
    """64-bit number that stands for a history -> action."""
    lasts: frozenset[int]
    """Numbers of the situations that histories end with."""
    longest: int
    """Situations of the longest history; a longer one cannot be known."""

    @classmethod
    def of(
        cls, stories: Sequence[TrainingDialogue], max_history: int | None, domain: Domain
    ) -> Memory:
        """Memorise stories; a history that several actions follow is left out.

        Two things are memorised only where no other story has a say, as Rasa does not learn
        them at all: what follows the repeated run of a form, and, where intents choose their
        entities, stories as conversations will look.
        """
        found, seen = _Found(), _Found()
        reader = TrainingReader(domain, sees_all_entities=False)
        looks_otherwise = chooses_entities(domain)
        for story in stories:
            certain = story.actions_before_repeat
            found.add(story, story.situations, max_history, until=certain)
            if certain is not None:
                seen.add(story, story.situations, max_history)
            if looks_otherwise:
                seen.add(story, reader.read(story.tracker), max_history)
        found.complete(seen)
        actions = {key: a for key, a in found.actions.items() if key not in found.ambiguous}
        return cls(actions, frozenset(found.lasts), found.longest)

    def recall(self, situations: Sequence[Situation]) -> str | None:
        """Return what follows ``situations``, if the stories say so."""
        if not situations or len(situations) > self.longest:
            return None
        if situations[-1].number not in self.lasts:
            return None
        return self.actions.get(digest_of(situations))

    def save(self) -> Parts:
        """Return the memory as arrays: sorted histories, and the number of each one's action."""
        names = sorted(set(self.actions.values()))
        number = {name: index for index, name in enumerate(names)}
        keys = sorted(self.actions)
        return {
            "memory": {"actions": names, "longest": self.longest},
            "lasts": np.array(sorted(self.lasts), dtype=np.uint64),
            "histories": np.array(keys, dtype=np.uint64),
            "numbers": np.array([number[self.actions[key]] for key in keys], dtype=np.int32),
        }

    @classmethod
    def load(cls, parts: Parts) -> Memory:
        """Take a memory back."""
        saved: Any = parts["memory"]
        histories: Any = parts["histories"]
        numbers: Any = parts["numbers"]
        names = saved["actions"]
        actions = {
            key: names[number]
            for key, number in zip(histories.tolist(), numbers.tolist(), strict=True)
        }
        lasts: Any = parts["lasts"]
        return cls(actions, frozenset(lasts.tolist()), saved["longest"])


@dataclass(slots=True)
class _Found:
    """Histories on their way into a memory."""

    actions: dict[int, str] = field(default_factory=dict)
    ambiguous: set[int] = field(default_factory=set)
    lasts: set[int] = field(default_factory=set)
    longest: int = 0

    def add(
        self,
        story: TrainingDialogue,
        situations: list[Situation],
        max_history: int | None,
        until: int | None = None,
    ) -> None:
        """Add a story, its first ``until`` actions or all."""
        for example in examples_of(story.tracker, situations, skips_unlikely_intent=True):
            if until is not None and example.end > until:
                break
            history = example.history(max_history)
            self.longest = max(self.longest, len(history))
            self.lasts.add(history[-1].number)
            key = digest_of(history)
            if self.actions.setdefault(key, example.action) != example.action:
                self.ambiguous.add(key)

    def complete(self, other: _Found) -> None:
        """Take from ``other`` what is not known here."""
        self.ambiguous |= other.ambiguous - self.actions.keys()
        self.actions = {**other.actions, **self.actions}
        self.lasts |= other.lasts
        self.longest = max(self.longest, other.longest)


class MemoizationPolicy:
    """Predicts what the stories say after exactly this history."""

    name = "MemoizationPolicy"
    gives_way = True

    def __init__(
        self, settings: MemoizationSettings, domain: Domain, reader: HistoryReader, memory: Memory
    ) -> None:
        self.settings = settings
        self.domain = domain
        self.memory = memory
        self._reader = reader

    @property
    def priority(self) -> int:
        """Decides between predictions of equal confidence."""
        return self.settings.priority

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Predict with confidence 1 what the stories say, or nothing."""
        history = self._reader.read(tracker)
        limit = self.settings.max_history
        action: str | None = None
        if limit or (history.is_whole and history.length <= self.memory.longest):
            action = self.memory.recall(history.last(limit))
        if action is None:
            action = self._recall_otherwise(tracker)
        return self._prediction(action, tracker)

    def _recall_otherwise(self, tracker: Tracker) -> str | None:  # noqa: ARG002 - for others
        return None

    def _prediction(self, action: str | None, tracker: Tracker) -> PolicyPrediction:
        scores: dict[str, float] = {}
        if action is not None:
            confidence: Any = 1.0
            message = tracker.state.latest_message
            if self.settings.use_nlu_confidence_as_score and message is not None:
                confidence = message.intent.get("confidence", 1.0)
            scores[action] = 1.0 if confidence is None else float(confidence)
        return PolicyPrediction.from_scores(
            scores, self.domain, policy_name=self.name, priority=self.priority
        )


class AugmentedMemoizationPolicy(MemoizationPolicy):
    """Also recalls what the stories say if the beginning of the conversation is forgotten.

    The beginning, with the slots set in it, is forgotten action by action until the stories
    know what is left.
    """

    name = "AugmentedMemoizationPolicy"

    def _recall_otherwise(self, tracker: Tracker) -> str | None:
        limit = self.settings.max_history
        # What is left of a longer stretch has more situations than any story.
        events = _recent(tracker.applied, limit or self.memory.longest)
        if any(isinstance(event, ActionExecuted) and event.hide_rule_turn for event in events):
            return self._recall_beside_hidden_turns(tracker, events)
        shortened = ShortenedHistories(
            events,
            self.domain,
            rule_only_slots=self._reader.rule_only_slots,
            rule_only_loops=self._reader.rule_only_loops,
        )
        for start in range(len(shortened.starts)):
            if not limit and shortened.length(start) > self.memory.longest:
                continue
            if shortened.last(start).number in self.memory.lasts:
                action = self.memory.recall(shortened.history(start, limit))
                if action is not None:
                    return action
        return None

    def _recall_beside_hidden_turns(self, tracker: Tracker, events: Sequence[Event]) -> str | None:
        for start, event in enumerate(events):
            if isinstance(event, ActionExecuted) and self._may_know(events[start:]):
                shorter = Tracker(tracker.conversation_id, self.domain)
                shorter.extend(events[start:])
                left = self._reader.read(shorter).last(self.settings.max_history)
                action = self.memory.recall(left)
                if action is not None:
                    return action
        return None

    def _may_know(self, events: Sequence[Event]) -> bool:
        """Whether any story has a situation like the present one, which is soon seen."""
        present = self._reader.present(events, self.domain)
        if present is None:
            return True
        return as_predicted(present, use_text=False).number in self.memory.lasts


def train_memoization(settings: MemoizationSettings, material: Material) -> Parts:
    """Memorise the stories, whole ones and as far back as ``max_history`` says."""
    memory = Memory.of(material.stories, settings.max_history, material.domain)
    material.summary.append(f"memoization: {len(memory.actions)} histories")
    return memory.save()


def load_memoization(
    settings: MemoizationSettings, surroundings: Surroundings, parts: Parts
) -> MemoizationPolicy:
    """Load a memoization policy."""
    memory = Memory.load(parts)
    return MemoizationPolicy(settings, surroundings.domain, surroundings.reader, memory)


def load_augmented(
    settings: MemoizationSettings, surroundings: Surroundings, parts: Parts
) -> AugmentedMemoizationPolicy:
    """Load an augmented memoization policy."""
    memory = Memory.load(parts)
    return AugmentedMemoizationPolicy(settings, surroundings.domain, surroundings.reader, memory)


def _recent(events: Sequence[Event], actions: int) -> Sequence[Event]:
    """Return the events since the last ``action_listen`` that has ``actions`` actions behind it."""
    seen = 0
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, ActionExecuted):
            seen += 1
            if seen > actions and event.action_name == ACTION_LISTEN:
                return events[index:]
    return events
