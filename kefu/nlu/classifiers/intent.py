"""The intent of a message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.nlu.classifiers.classifier import Manner, TextClassifier
from kefu.nlu.classifiers.guesses import MOST
from kefu.nlu.classifiers.reasons import explain_choice
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.project.settings import ComponentConfig

__all__ = ["IntentClassifier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the intent classifier."""

    ranking_length: int = 10
    """So many intents are listed; 0: all."""
    out_of_scope_share: float = 0.05
    """Which part of all messages is expected to belong to no intent."""
    accurate: bool = False
    """Whether a small network has its say, too: see :class:`Manner`."""


class IntentClassifier(Component):
    """Ranks the intents of the training data."""

    def __init__(self, classifier: TextClassifier | None, options: Options) -> None:
        self._classifier = classifier
        self._options = options

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Learn from all examples that have an intent; none: it will never find any."""
        options = read_options(config, Options)
        if not 0 <= options.out_of_scope_share < 1:
            raise ProjectError(
                f"{config.place}: {config.name}: out_of_scope_share is "
                f"{options.out_of_scope_share} — write a number from 0 to 0.9"
            )
        corpus = lesson.corpus
        intents = [example.intent for example in corpus.examples]
        rows, texts, labels = corpus.rows(intents)
        if not rows:
            lesson.warn(config, "nlu.no-intents", f"{config.name} has no examples of intents")
            return cls(None, options)
        examples = sum(bool(intent) for intent in intents)
        guesses, guessed_texts, guessed_labels = corpus.guessed_rows()
        classifier = TextClassifier.train(
            corpus.matrix.rows(np.array(rows + guesses, np.intp)),
            texts + guessed_texts,
            labels + guessed_labels,
            examples=examples,
            guesses=len(guesses),
            manner=Manner(out_of_scope_share=options.out_of_scope_share, accurate=options.accurate),
            seed=lesson.seed,
        )
        lesson.summary.append(_summary(config, classifier, examples))
        if lesson.data.unlabeled:
            asked = min(len(lesson.data.unlabeled), MOST)
            lesson.summary.append(
                f"{config.name}: learned from {len(guesses)} of {asked} unlabelled messages, too"
            )
        return cls(classifier, options)

    @property
    def accuracy(self) -> float | None:
        """Share of right intents among held-out examples; None where too few could be held out."""
        return self._classifier.confidence.accuracy if self._classifier else None

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take the classifier from the model."""
        del surroundings
        return cls(TextClassifier.load(parts) if parts else None, read_options(config, Options))

    def save(self) -> Parts:
        """Keep the classifier."""
        return self._classifier.save() if self._classifier else {}

    def process(self, message: Message) -> None:
        """Set intent and ranking, except for texts of which nothing is known."""
        if self._classifier is None or message.vector is None or not message.text.strip():
            message.intent = message.intent or {"name": None, "confidence": 0.0}
            message.intent_ranking, message.in_scope = [], 0.0
            return
        judgement = self._classifier.judge(message.vector, message.text)
        ranking, message.in_scope = judgement.ranking, judgement.in_scope
        listed = ranking[: self._options.ranking_length or len(ranking)]
        message.intent_ranking = [{"name": name, "confidence": chance} for name, chance in listed]
        message.intent = {"name": ranking[0][0], "confidence": ranking[0][1]}

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say which n-grams speak for the intent."""
        if self._classifier is None or message.vector is None or context.space is None:
            return
        if message.text.strip():
            yield explain_choice(
                self._classifier,
                context.space,
                about="intent",
                text=message.text,
                vector=message.vector,
                ranking=self._classifier.judge(message.vector, message.text).ranking,
                rivals=context.rivals,
            )

    def has_seen(self, text: str) -> bool:
        """Whether the text is an example of an intent."""
        return self._classifier is not None and self._classifier.has_seen(text)


def _summary(config: ComponentConfig, classifier: TextClassifier, examples: int) -> str:
    line = f"{config.name}: {len(classifier.labels)} intents from {examples} examples"
    accuracy = classifier.confidence.accuracy
    return line if accuracy is None else f"{line}, {accuracy:.1%} right on held-out examples"
