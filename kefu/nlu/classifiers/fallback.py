"""Saying so when a message was not understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from kefu.core.messages import IntentData
from kefu.core.parts import Parts
from kefu.nlu.component import Component, Context, Surroundings
from kefu.nlu.explanation import Explanation, Remark
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.phrases import phrase
from kefu.project.settings import ComponentConfig

__all__ = ["FallbackClassifier"]

FALLBACK_INTENT = "nlu_fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the fallback classifier."""

    threshold: float = 0.3
    """An intent of less confidence is not believed."""
    ambiguity_threshold: float = 0.1
    """Nor is one whose lead over the second is smaller than this."""


class FallbackClassifier(Component):
    """Replaces a doubtful intent by ``nlu_fallback`` with the threshold as its confidence."""

    def __init__(self, options: Options) -> None:
        self._options = options

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts, surroundings
        return cls(read_options(config, Options))

    def process(self, message: Message) -> None:
        """Replace the intent where it is doubtful; a ranking keeps what was found, one lower."""
        if not self._is_doubtful(message):
            return
        fallback: IntentData = {"name": FALLBACK_INTENT, "confidence": self._options.threshold}
        message.intent = fallback
        if message.intent_ranking is not None:
            message.intent_ranking.insert(0, fallback.copy())

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say by which threshold the intent is not believed."""
        if self._is_doubtful(message):
            intent = message.intent or {"name": None, "confidence": 0.0}
            sure, threshold = intent["confidence"], self._options.threshold
            found = intent["name"] or phrase(context.language, "no-intent")
            replaced = (found, FALLBACK_INTENT)
            if sure < threshold:
                said = phrase(context.language, "below-threshold", *replaced, sure, threshold)
            else:
                lead = self._options.ambiguity_threshold
                said = phrase(context.language, "ambiguous", *replaced, lead)
            yield Remark(said)

    def _is_doubtful(self, message: Message) -> bool:
        intent = message.intent
        if intent is None or intent["confidence"] < self._options.threshold:
            return True
        ranking = message.intent_ranking or []
        if len(ranking) < 2:
            return False
        lead = ranking[0]["confidence"] - ranking[1]["confidence"]
        return lead < self._options.ambiguity_threshold
