"""Intent and entities under one name, as Rasa's DIETClassifier gives them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Self

from kefu.core.parts import Parts, prefixed, under
from kefu.nlu.classifiers.intent import IntentClassifier
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation
from kefu.nlu.extractors.crf import CRFEntityExtractor
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.project.settings import ComponentConfig

__all__ = ["IntentAndEntities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which of the two jobs it has."""

    intent_classification: bool = True
    entity_recognition: bool = True


class IntentAndEntities(Component):
    """A linear intent classifier, and a learned entity extractor that knows what it found."""

    def __init__(
        self, intents: IntentClassifier | None, entities: CRFEntityExtractor | None
    ) -> None:
        self._intents = intents
        self._entities = entities

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Train what the settings ask for."""
        options = read_options(config, Options)
        intents = entities = accuracy = None
        if options.intent_classification:
            intents = IntentClassifier.learn(
                config, lesson, under("intents", lesson.stored(config))
            )
            accuracy = intents.accuracy
        if options.entity_recognition:
            stored = under("entities", lesson.stored(config))
            entities = CRFEntityExtractor.learn(config, lesson, accuracy, stored)
        return cls(intents, entities)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take both from the model."""
        options = read_options(config, Options)
        intents, entities = under("intents", parts), under("entities", parts)
        return cls(
            IntentClassifier.load(config, intents, surroundings)
            if options.intent_classification
            else None,
            CRFEntityExtractor.load(config, entities, surroundings)
            if options.entity_recognition
            else None,
        )

    def save(self) -> Parts:
        """Keep both."""
        intents = self._intents.save() if self._intents else {}
        entities = self._entities.save() if self._entities else {}
        return prefixed("intents", intents) | prefixed("entities", entities)

    def process(self, message: Message) -> None:
        """Set intent and ranking, append entities."""
        if self._intents is not None:
            self._intents.process(message)
        if self._entities is not None:
            self._entities.process(message)

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Explain both."""
        if self._intents is not None:
            yield from self._intents.explain(message, context)
        if self._entities is not None:
            heard = copy(message)
            if self._intents is not None:
                self._intents.process(heard)
            yield from self._entities.explain(heard, context)

    def has_seen(self, text: str) -> bool:
        """Whether the text is an example of an intent."""
        return self._intents is not None and self._intents.has_seen(text)
