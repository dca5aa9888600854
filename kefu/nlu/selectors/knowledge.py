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
    instead_of: list[str] = field(
        default_factory=lambda: [INTENT_NLU_FALLBACK, INTENT_OUT_OF_SCOPE]
    )
    """Intents that give way."""


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

    def within(self, config: ComponentConfig, surroundings: Surroundings) -> Component:
        """Return one for these surroundings."""
        return self.load(config, {}, surroundings)

    def process(self, message: Message) -> None:
        """Let a passage answer; a ranking keeps what was found, one lower."""
        found = self._found(message)
        if found is None or found["confidence"] < self._options.threshold:
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
        sure, threshold = found["confidence"], self._options.threshold
        replaced = (message.intent or {}).get("name") or phrase(context.language, "no-intent")
        name = "knowledge-answers" if sure >= threshold else "knowledge-unsure"
        yield Remark(phrase(context.language, name, replaced, where, sure, threshold))

    def _found(self, message: Message) -> Mapping[str, Any] | None:
        """Return what the articles have, where the intent gives way to it."""
        name = (message.intent or {}).get("name")
        if self._source is None or not (name is None or name in self._options.instead_of):
            return None
        return self._source.find(message.text)
