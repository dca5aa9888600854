"""Answering from articles what no intent covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kefu.core.messages import IntentData
from kefu.core.names import INTENT_KNOWLEDGE, INTENT_NLU_FALLBACK, INTENT_OUT_OF_SCOPE
from kefu.core.parts import Parts
from kefu.nlu.component import Component, Context, KnowledgeSource, Surroundings
from kefu.nlu.explanation import Explanation, Remark
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.phrases import phrase
from kefu.project.settings import ComponentConfig

__all__ = ["KnowledgeSelector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the selector."""

    threshold: float = 0.5
    """A passage is no answer if it is less sure than this."""
    intent_threshold: float = 0.0
    """An intent of less confidence gives way to a passage that is surer than it."""
    instead_of: list[str] = field(
        default_factory=lambda: [INTENT_NLU_FALLBACK, INTENT_OUT_OF_SCOPE]
    )
    """Intents that always give way."""


class KnowledgeSelector(Component):
    """Replaces an intent that says nothing by ``knowledge``, where a passage answers."""

    def __init__(self, options: Options, source: KnowledgeSource | None) -> None:
        self._options = options
        self._source = source

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings; the articles come with the surroundings."""
        del parts
        return cls(read_options(config, Options), surroundings.knowledge)

    def process(self, message: Message) -> None:
        """Let a passage answer; a ranking keeps what was found, one lower."""
        found = self._found(message)
        if found is None or not self._is_answer(found, message):
            return
        intent: IntentData = {"name": INTENT_KNOWLEDGE, "confidence": found["confidence"]}
        message.knowledge = dict(found)
        message.intent = intent
        if message.intent_ranking is not None:
            message.intent_ranking.insert(0, intent.copy())

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say which passage answers, or would if it were surer."""
        found = self._found(message)
        if found is None:
            return
        best = found["passages"][0]
        where = " · ".join([best["title"], *best["headings"]])
        sure, replaced = found["confidence"], (message.intent or {}).get("name")
        name = "knowledge-answers" if self._is_answer(found, message) else "knowledge-unsure"
        threshold = self._options.threshold
        yield Remark(phrase(context.language, name, replaced, where, sure, threshold))

    def _found(self, message: Message) -> Mapping[str, Any] | None:
        intent = message.intent or {"name": None, "confidence": 0.0}
        gives_way = intent["name"] is None or intent["name"] in self._options.instead_of
        is_weak = intent["confidence"] < self._options.intent_threshold
        if self._source is None or not (gives_way or is_weak):
            return None
        return self._source.find(message.text)

    def _is_answer(self, found: Mapping[str, Any], message: Message) -> bool:
        intent = message.intent or {"name": None, "confidence": 0.0}
        gives_way = intent["name"] is None or intent["name"] in self._options.instead_of
        is_surer: bool = found["confidence"] > intent["confidence"]
        return found["confidence"] >= self._options.threshold and (gives_way or is_surer)
