"""How components come to a classifier: trained, corrected, or as it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kefu.core.parts import Parts
from kefu.nlu.classifiers.classifier import Manner, TextClassifier
from kefu.nlu.classifiers.correcting import Studied, corrected
from kefu.nlu.component import Lesson
from kefu.nlu.featurizers.space import Matrix

__all__ = ["Known", "Rows", "classifier_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a classifier learns from; see :meth:`TextClassifier.train`."""

    matrix: Matrix
    texts: Sequence[str]
    labels: Sequence[str]
    examples: int
    guesses: int = 0


@dataclass(slots=True, kw_only=True)
class Known:
    """A classifier with what it was trained on."""

    classifier: TextClassifier
    studied: Studied
    manner: Manner

    def work_out(self) -> None:
        """Work out how much each example counts."""
        self.studied.work_out()


def classifier_of(
    lesson: Lesson, key: str, rows: Rows, manner: Manner, *, stored: Parts
) -> TextClassifier:
    """Return the classifier of ``rows``.

    Args:
        lesson: Has what the last training knew, and takes what this one knows.
        key: Tells the component from others.
        rows: What is to be learned.
        manner: How.
        stored: The parts of this classifier from a training on the very same rows; mostly none.
    """
    classifier = TextClassifier.load(stored) if stored else None
    known = None
    if classifier is None and not manner.accurate:
        known = _corrected(lesson, key, rows, manner)
    if known is None:
        if classifier is None:
            classifier = TextClassifier.train(
                rows.matrix,
                rows.texts,
                rows.labels,
                examples=rows.examples,
                guesses=rows.guesses,
                manner=manner,
                seed=lesson.seed,
            )
        if lesson.kept is None:
            return classifier
        known = Known(
            classifier=classifier, studied=_studied(classifier, rows, manner), manner=manner
        )
    if lesson.kept is not None:
        lesson.kept.learned[key] = known
    return known.classifier


def _corrected(lesson: Lesson, key: str, rows: Rows, manner: Manner) -> Known | None:
    before = lesson.memory.learned.get(key) if lesson.memory else None
    if lesson.kept is None or not isinstance(before, Known) or before.manner != manner:
        return None
    if not lesson.corpus.is_grown:
        return None
    now = corrected(before.studied, rows.matrix, rows.texts, rows.labels, seed=lesson.seed)
    if now is None:
        return None
    lesson.kept.corrected.append(key)
    classifier = before.classifier.corrected(
        now, examples=rows.examples, guesses=rows.guesses, seed=lesson.seed
    )
    return Known(classifier=classifier, studied=now, manner=manner)


def _studied(classifier: TextClassifier, rows: Rows, manner: Manner) -> Studied:
    position = {name: number for number, name in enumerate(classifier.labels)}
    return Studied(
        matrix=rows.matrix,
        texts=rows.texts,
        names=classifier.labels,
        classes=np.array([position[label] for label in rows.labels], np.intp),
        penalty=manner.penalty,
        weights=classifier.weights_and_bias(),
    )
