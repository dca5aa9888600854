"""The feeling in a message, learned like an intent and independent of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from kefu.core.mood import word_patterns
from kefu.core.parts import Parts, prefixed, under
from kefu.errors import ProjectError
from kefu.nlu.classifiers.classifier import Manner, TextClassifier
from kefu.nlu.classifiers.reasons import explain_choice
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.corpus import UNSPACED_FROM
from kefu.nlu.explanation import Explanation
from kefu.nlu.featurizers.space import FeatureSpace, Vector
from kefu.nlu.memory import key_of
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.patterns import PatternLists
from kefu.nlu.text import unspaced_share
from kefu.project.nlu_data import SentimentExample
from kefu.project.settings import ComponentConfig

__all__ = ["SentimentClassifier"]

PENALTY = 0.5
"""Feelings are told by more words than intents, each less clearly: cross-validated on reviews, 0.5
is right for 89.7 %, the 3 of intents for 88.8 %; with 50 examples of each it is the same."""

FEW = 1000
"""Up to this number of examples the words of :mod:`kefu.core.mood` are features: with 50 examples
of each sentiment they bring 2.5 points of accuracy, with 400 none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the sentiment classifier."""

    threshold: float = 0.6
    """A sentiment of less confidence is not believed: its name is None then."""
    out_of_scope_share: float = 0.05
    """Which part of all messages is expected to be like none of the examples."""


class SentimentClassifier(Component):
    """Ranks the sentiments of the training data.

    It has features of its own, so that what is learned of intents and entities is the same with
    it and without.
    """

    def __init__(
        self, space: FeatureSpace | None, classifier: TextClassifier | None, options: Options
    ) -> None:
        self._space = space
        self._classifier = classifier
        self._options = options

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Learn from the examples of sentiments; fewer than two sentiments: it finds none."""
        options = _read(config)
        examples = [example for example in lesson.data.sentiments if example.text]
        labels = [example.sentiment for example in examples]
        if len(set(labels)) < 2:
            lesson.warn(
                config,
                "nlu.no-sentiments",
                f"{config.name} needs examples of at least two sentiments, and finds "
                f"{len(set(labels)) or 'none'}",
                "write items '- sentiment: negative' with 'examples' into the NLU data",
            )
            return cls(None, None, options)
        space, classifier = _learned(config, lesson, examples, options)
        line = f"{config.name}: {len(classifier.labels)} sentiments from {len(labels)} examples"
        accuracy = classifier.confidence.accuracy
        held_out = "" if accuracy is None else f", {accuracy:.1%} right on held-out examples"
        lesson.summary.append(line + held_out)
        return cls(space, classifier, options)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Take features and classifier from the model."""
        del surroundings
        space, classifier = under("features", parts), under("classifier", parts)
        return cls(
            FeatureSpace.load(space) if space else None,
            TextClassifier.load(classifier) if classifier else None,
            _read(config),
        )

    def save(self) -> Parts:
        """Keep features and classifier."""
        if self._space is None or self._classifier is None:
            return {}
        features = prefixed("features", self._space.save())
        return features | prefixed("classifier", self._classifier.save())

    def process(self, message: Message) -> None:
        """Set sentiment and ranking; without examples there is nothing to set."""
        if self._space is None or self._classifier is None:
            return
        message.sentiment = {"name": None, "confidence": 0.0}
        if not message.text.strip():
            return
        ranking = self._classifier.judge(_vector(self._space, message), message.text).ranking
        message.sentiment_ranking = [{"name": n, "confidence": chance} for n, chance in ranking]
        name, chance = ranking[0]
        is_sure = chance >= self._options.threshold
        message.sentiment = {"name": name if is_sure else None, "confidence": chance}

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say which n-grams speak for the sentiment."""
        if self._space is None or self._classifier is None or not message.text.strip():
            return
        vector = _vector(self._space, message)
        yield explain_choice(
            self._classifier,
            self._space,
            about="sentiment",
            text=message.text,
            vector=vector,
            ranking=self._classifier.judge(vector, message.text).ranking,
            rivals=context.rivals,
        )


_Learned: TypeAlias = tuple[FeatureSpace, TextClassifier]


def _learned(
    config: ComponentConfig,
    lesson: Lesson,
    examples: Sequence[SentimentExample],
    options: Options,
) -> _Learned:
    """Learn, unless the last training has learned from the very same examples."""
    key = key_of(config)
    what = tuple(examples), lesson.corpus.options
    before = lesson.memory.learned.get(key) if lesson.memory else None
    if before is not None and before[0] == what:
        learned: _Learned = before[1]
    elif stored := lesson.stored(config):
        classifier = TextClassifier.load(under("classifier", stored))
        learned = FeatureSpace.load(under("features", stored)), classifier
    else:
        learned = _train(lesson, examples, options)
    if lesson.kept is not None:
        lesson.kept.learned[key] = what, learned
    return learned


def _train(lesson: Lesson, examples: Sequence[SentimentExample], options: Options) -> _Learned:
    labels = [example.sentiment for example in examples]
    texts = [example.text for example in examples]
    unspaced = unspaced_share(texts) >= UNSPACED_FROM
    space, matrix = FeatureSpace.fit(
        texts,
        [lesson.corpus.tokenize(text) if unspaced else [] for text in texts],
        unspaced=unspaced,
        options=replace(lesson.corpus.options, patterns_case_sensitive=False),
        patterns=PatternLists(word_patterns() if len(texts) <= FEW else (), {}),
    )
    classifier = TextClassifier.train(
        matrix,
        texts,
        labels,
        examples=len(texts),
        manner=Manner(out_of_scope_share=options.out_of_scope_share, penalty=PENALTY),
        seed=lesson.seed,
    )
    return space, classifier


def _vector(space: FeatureSpace, message: Message) -> Vector:
    return space.vector(message.text, message.words() if space.unspaced else [])


def _read(config: ComponentConfig) -> Options:
    options = read_options(config, Options)
    for name in ("threshold", "out_of_scope_share"):
        value = getattr(options, name)
        if not 0 <= value < 1:
            raise ProjectError(
                f"{config.place}: {config.name}: {name} is {value} — write a number from 0 to 0.9"
            )
    return options
