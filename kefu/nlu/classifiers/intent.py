"""The intent of a message.

A retrieval intent such as ``faq`` is many questions under one name, which no line separates from
the other intents. So each of its answers is learned as a class of its own. Intents are ordered by
the sum of squares: a hundred answers that are a little likely do not make their intent the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.nlu.classifiers.classifier import Judgement, Manner, Ranking, TextClassifier
from kefu.nlu.classifiers.guesses import MOST
from kefu.nlu.classifiers.learning import Rows, classifier_of
from kefu.nlu.classifiers.reasons import explain_choice
from kefu.nlu.classifiers.svm import Ints
from kefu.nlu.component import Component, Context, Lesson, Surroundings
from kefu.nlu.explanation import Explanation
from kefu.nlu.memory import key_of
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
        self._intents = _Intents.of(classifier.labels if classifier else ())

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Learn from all examples that have an intent; none: it will never find any."""
        return cls.learn(config, lesson, lesson.stored(config))

    @classmethod
    def learn(cls, config: ComponentConfig, lesson: Lesson, stored: Parts) -> Self:
        """Learn, unless what would be learned is ``stored``."""
        options = read_options(config, Options)
        if not 0 <= options.out_of_scope_share < 1:
            raise ProjectError(
                f"{config.place}: {config.name}: out_of_scope_share is "
                f"{options.out_of_scope_share} — write a number from 0 to 0.9"
            )
        corpus = lesson.corpus
        intents = [example.full_intent for example in corpus.examples]
        rows, texts, labels = corpus.rows(intents)
        if not rows:
            lesson.warn(config, "nlu.no-intents", f"{config.name} has no examples of intents")
            return cls(None, options)
        examples = sum(bool(intent) for intent in intents)
        guesses, guessed_texts, guessed_labels = corpus.guessed_rows()
        classifier = classifier_of(
            lesson,
            key_of(config),
            Rows(
                matrix=corpus.matrix.rows(np.array(rows + guesses, np.intp)),
                texts=texts + guessed_texts,
                labels=labels + guessed_labels,
                examples=examples,
                guesses=len(guesses),
            ),
            Manner(out_of_scope_share=options.out_of_scope_share, accurate=options.accurate),
            stored=stored,
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
        message.in_scope = judgement.in_scope
        listed = _folded(judgement, self._intents, self._options.ranking_length)
        message.intent_ranking = [{"name": name, "confidence": chance} for name, chance in listed]
        message.intent = {"name": listed[0][0], "confidence": listed[0][1]}

    def explain(self, message: Message, context: Context) -> Iterator[Explanation]:
        """Say which n-grams speak for the intent."""
        if self._classifier is None or message.vector is None or context.space is None:
            return
        if message.text.strip():
            judgement = self._classifier.judge(message.vector, message.text)
            chosen = _folded(judgement, self._intents, 1)[0][0]
            ranking = judgement.ranking
            yield explain_choice(
                self._classifier,
                context.space,
                about="intent",
                text=message.text,
                vector=message.vector,
                ranking=_chosen_first(chosen, ranking),
                rivals=_answers_of(context.rivals, ranking),
            )

    def has_seen(self, text: str) -> bool:
        """Whether the text is an example of an intent."""
        return self._classifier is not None and self._classifier.has_seen(text)


def _intent_of(label: str) -> str:
    return label.partition(RETRIEVAL_DELIMITER)[0]


@dataclass(frozen=True, slots=True)
class _Intents:
    """The intents that labels are of."""

    names: list[str]
    """In alphabetical order."""
    of_label: Ints
    """Of each label, which of them it is of."""

    @classmethod
    def of(cls, labels: Sequence[str]) -> Self:
        names = sorted({_intent_of(label) for label in labels})
        place = {name: number for number, name in enumerate(names)}
        return cls(names, np.array([place[_intent_of(label)] for label in labels], np.intp))


def _folded(judgement: Judgement, intents: _Intents, length: int) -> Ranking:
    """Return so many intents of a judgement on intents and answers, the likeliest first; 0: all.

    An intent is as likely as all its answers together, but not likelier than those before it.
    """
    order, count = judgement.order, len(intents.names)
    of_label, chances = intents.of_label[order], judgement.chances[order]
    together = np.bincount(of_label, chances, count)
    first = np.argsort(-np.bincount(of_label, chances**2, count), kind="stable")
    first = first[: length or count]
    limited = np.minimum.accumulate(together[first]).tolist()
    return [(intents.names[i], n) for i, n in zip(first.tolist(), limited, strict=True)]


def _chosen_first(chosen: str, ranking: Ranking) -> Ranking:
    """Put the likeliest answer of the chosen intent first, where another label is likelier."""
    first = next(one for one in ranking if _intent_of(one[0]) == chosen)
    return [first, *(one for one in ranking if one is not first)]


def _answers_of(intents: Sequence[str], ranking: Ranking) -> list[str]:
    """Return for each intent the label that is the likeliest of it."""
    labels = [label for label, _ in ranking]
    return [
        label
        for intent in intents
        for label in [name for name in labels if intent in (name, _intent_of(name))][:1]
    ]


def _summary(config: ComponentConfig, classifier: TextClassifier, examples: int) -> str:
    count = len({_intent_of(label) for label in classifier.labels})
    line = f"{config.name}: {count} intents from {examples} examples"
    accuracy = classifier.confidence.accuracy
    return line if accuracy is None else f"{line}, {accuracy:.1%} right on held-out examples"
