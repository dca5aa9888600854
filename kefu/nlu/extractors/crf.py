"""The component that finds learned entities."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from kefu.core.parts import Parts
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation
from kefu.nlu.extractors.learned import EntityLearner, study
from kefu.nlu.extractors.relearning import KnownEntities, corrected_entities
from kefu.nlu.extractors.sequence import TaggerOptions
from kefu.nlu.memory import key_of
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.project.settings import ComponentConfig

__all__ = ["CRFEntityExtractor", "taken_intents"]


FEWEST_INTENTS = 3
"""With fewer intents they say too little of what is in a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the extractor, by the names that Rasa gave them."""

    max_iterations: int = 50
    L1_c: float = 0.1
    L2_c: float = 0.1


class CRFEntityExtractor(Component):
    """Finds entities like those that examples annotate; without annotations it does nothing."""

    def __init__(self, learner: EntityLearner | None, *, name: str) -> None:
        self._learner = learner
        self._name = name

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Learn from annotated examples, unless an earlier component of the pipeline does."""
        return cls.learn(config, lesson, None, lesson.stored(config))

    @classmethod
    def learn(
        cls,
        config: ComponentConfig,
        lesson: Lesson,
        accuracy: float | None,
        stored: Parts | None = None,
    ) -> Self:
        """Learn, unless what would be learned is ``stored``.

        With the ``accuracy`` of intents known before, what a text means counts, too. In languages
        with spaces only: in Chinese it brought nothing.
        """
        earlier = lesson.done.setdefault("entities", config.name)
        if earlier != config.name:
            lesson.summary.append(f"{config.name}: {earlier} already finds these entities")
            return cls(None, name=config.name)
        if not any(example.entities for example in lesson.corpus.examples):
            return cls(None, name=config.name)
        learner, misfits = _learner(config, lesson, taken_intents(lesson, accuracy), stored or {})
        if misfits:
            lesson.warn(
                config,
                "nlu.annotation-inside-word",
                f"{misfits} annotations begin or end inside a word or overlap another; "
                "nothing was learned from them",
                "annotate whole words",
            )
        if learner is not None:
            lesson.summary.append(_summary(config, lesson, misfits))
        return cls(learner, name=config.name)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the learner from the model."""
        del surroundings
        return cls(EntityLearner.load(parts) if parts else None, name=config.name)

    def save(self) -> Parts:
        """Keep the learner."""
        return self._learner.save() if self._learner else {}

    def process(self, message: Message) -> None:
        """Append what is found, left to right."""
        if self._learner is None:
            return
        for entity in self._learner.find(message):
            entity["extractor"] = self._name
            message.entities.append(entity)

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say what speaks for each entity, and what was nearly one."""
        if self._learner is not None:
            yield from self._learner.explain(message, context.language)


def _learner(
    config: ComponentConfig,
    lesson: Lesson,
    intents: list[str | None] | None,
    stored: Parts,
) -> tuple[EntityLearner | None, int]:
    """Return the learner, and how many annotations nothing could be learned from."""
    key = f"entities {key_of(config)}"
    known = corrected_entities(lesson, key)
    if known is not None:
        return known.learner, sum(known.misfits.values())
    misfits = 0
    if stored:
        learner: EntityLearner | None = EntityLearner.load(stored)
    else:
        learner, misfits = _trained(read_options(config, Options), lesson, intents)
    if lesson.kept is not None:
        known = KnownEntities.of(lesson, learner)
        lesson.kept.learned[key] = known
        misfits = sum(known.misfits.values())
    return learner, misfits


def _trained(
    options: Options, lesson: Lesson, intents: list[str | None] | None
) -> tuple[EntityLearner | None, int]:
    corpus = lesson.corpus
    lessons = study(
        lesson.data,
        corpus.examples,
        corpus.tokens if corpus.is_unspaced else None,
        intents=intents,
        seed=lesson.seed,
    )
    if not lessons.annotations:
        return None, lessons.misfits
    tagger = TaggerOptions(max_iterations=options.max_iterations, l1=options.L1_c, l2=options.L2_c)
    return EntityLearner.train(lessons, tagger), lessons.misfits


def _summary(config: ComponentConfig, lesson: Lesson, misfits: int) -> str:
    marked = [entity for example in lesson.corpus.examples for entity in example.entities]
    kinds = {(entity.entity, entity.role, entity.group) for entity in marked}
    count = len(marked) - misfits
    return f"{config.name}: {len(kinds)} kinds of entities from {count} annotations"


def taken_intents(lesson: Lesson, accuracy: float | None) -> list[str | None] | None:
    """Return what the examples would be taken to mean; None: that shall not count.

    Right as often as ``accuracy`` says, since a learner that never saw a wrong intent trusts all.
    """
    corpus = lesson.corpus
    names = sorted({example.intent for example in corpus.examples if example.intent})
    if accuracy is None or corpus.is_unspaced or len(names) < FEWEST_INTENTS:
        return None
    rng = random.Random(lesson.seed)
    return [
        example.intent if rng.random() < accuracy or not example.intent else rng.choice(names)
        for example in corpus.examples
    ]
