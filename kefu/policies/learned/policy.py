"""The learned policy: predicts also where no rule and no story fits exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from kefu.core.names import ACTION_LISTEN
from kefu.core.parts import Parts
from kefu.core.tracker import Tracker
from kefu.policies.learned.features import features_of, intent_feature, text_features
from kefu.policies.learned.model import LinearModel
from kefu.policies.learned.settings import LearnedSettings
from kefu.policies.policy import PolicyPrediction, Surroundings
from kefu.policies.situation import Situation

__all__ = ["LearnedPolicy", "load_learned"]

_LEAST_SCORE = 5e-4
_KNOWN_TEXT = 0.6
"""Share of a message's words and character runs that stories must have for its text to count."""


_UNKNOWN_INTENT = 0.5
"""Factor on the confidence after an intent that no story has: what is known is the rest only."""


class LearnedPolicy:
    """Predicts by a linear model over the last turns.

    It keeps the name that config.yml gives it, which then stands in events and reports.
    """

    def __init__(
        self,
        settings: LearnedSettings,
        surroundings: Surroundings,
        model: LinearModel | None,
        *,
        has_texts: bool = False,
        window: int | None = None,
    ) -> None:
        self.settings = settings
        self.name = surroundings.name
        self._domain = surroundings.domain
        self._reader = surroundings.reader
        self._model = model
        self._has_texts = has_texts
        self._window = window or settings.window

    @property
    def priority(self) -> int:
        """Decides between predictions of equal confidence."""
        return self.settings.priority

    @property
    def gives_way(self) -> bool:
        """Whether it need not be asked where another one is certain: no story has texts."""
        return not self._has_texts

    def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Predict from the intent, or from the text where the stories have texts like it."""
        if self._model is None:
            return self._prediction({})
        history = self._reader.read(tracker)
        window = self._window
        situations = history.last(window)
        if not situations:
            return self._prediction({})
        by_intent = self._scores(self._model, situations)
        if not self._has_texts or tracker.state.latest_action_name != ACTION_LISTEN:
            return self._prediction(by_intent)
        with_text = history.last(window, use_text=True)
        if self._is_familiar(self._model, with_text[-1]):
            by_text = self._scores(self._model, with_text)
            threshold = self.settings.e2e_confidence_threshold
            if max(by_text.values()) >= max(threshold, *by_intent.values()):
                return self._prediction(by_text, is_end_to_end=True)
        return self._prediction(by_intent)

    def _scores(self, model: LinearModel, situations: Sequence[Situation]) -> dict[str, float]:
        probabilities = model.probabilities(features_of(situations))
        if not _knows_intent(model, situations[-1]):
            probabilities = probabilities * _UNKNOWN_INTENT
        return {
            label: score
            for label, score in zip(model.labels, probabilities.tolist(), strict=True)
            if score >= _LEAST_SCORE
        }

    def _is_familiar(self, model: LinearModel, situation: Situation) -> bool:
        if situation.user is None or not situation.user.text:
            return False
        numbers = [crc32(name.encode()) for name, _ in text_features(situation.user.text)]
        return sum(map(model.knows, numbers)) >= _KNOWN_TEXT * len(numbers)

    def _prediction(
        self, scores: dict[str, float], *, is_end_to_end: bool = False
    ) -> PolicyPrediction:
        return PolicyPrediction.from_scores(
            scores,
            self._domain,
            policy_name=self.name,
            priority=self.priority,
            is_end_to_end=is_end_to_end,
        )


def _knows_intent(model: LinearModel, situation: Situation) -> bool:
    user = situation.user
    if not situation.follows_listen or user is None or not user.intent:
        return True
    return model.knows(crc32(intent_feature(user.intent).encode()))


def load_learned(
    settings: LearnedSettings, surroundings: Surroundings, parts: Parts
) -> LearnedPolicy:
    """Load a learned policy."""
    saved: Any = parts["learned"]
    model = LinearModel.load(parts) if saved["is_trained"] else None
    return LearnedPolicy(
        settings, surroundings, model, has_texts=saved["has_texts"], window=saved.get("window")
    )
