"""The classifier behind intents and answers: linear, with calibrated confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kefu.core.parts import Parts, prefixed, under
from kefu.nlu.classifiers.confidence import Confidence, fit_confidence, plan_hold_out
from kefu.nlu.classifiers.svm import PENALTY, train_machines
from kefu.nlu.classifiers.verbatim import Verbatim
from kefu.nlu.featurizers.space import Floats, Matrix, Vector
from kefu.nlu.stored import stored_array, stored_json

__all__ = ["Caution", "LinearClassifier", "Ranking"]

Ranking: TypeAlias = list[tuple[str, float]]
"""Labels with their confidence, the likeliest first."""

VERBATIM_CONFIDENCE = 0.95
"""At least this sure is a sentence that stands in the training data, unless in two classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """How careful a classifier is to be."""

    out_of_scope_share: float
    """Which part of all messages is expected to mean none of what it knows."""
    penalty: float = PENALTY
    """For examples that are not told right; less makes simpler classifiers."""


class LinearClassifier:
    """Ranks labels for a text's vector."""

    def __init__(
        self,
        *,
        labels: Sequence[str],
        weights: Floats,
        bias: Floats,
        confidence: Confidence,
        verbatim: Verbatim,
    ) -> None:
        self._verbatim = verbatim
        self.labels = tuple(labels)
        self.confidence = confidence
        self._weights = weights
        self._bias = bias

    @classmethod
    def train(
        cls,
        matrix: Matrix,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        examples: int,
        caution: Caution,
        seed: int,
    ) -> LinearClassifier:
        """Learn from rows of ``matrix`` with one text and one label each.

        Args:
            matrix: Vectors of the texts.
            texts: What is known verbatim.
            labels: What the texts mean.
            examples: So many rows are examples, the rest is not what customers write.
            caution: How careful it is to be.
            seed: For everything random.
        """
        names = sorted(set(labels))
        position = {name: number for number, name in enumerate(names)}
        classes = np.array([position[label] for label in labels], np.intp)
        hold_out = plan_hold_out(classes[:examples], count=len(names), seed=seed, rows=len(classes))
        machines = train_machines(
            matrix, classes, count=len(names), seed=seed, hold_out=hold_out, penalty=caution.penalty
        )
        confidence = fit_confidence(
            matrix,
            classes,
            machines,
            hold_out,
            out_of_scope_share=caution.out_of_scope_share,
        )
        stored = machines.weights[:, 0].astype(np.float16)
        return cls(
            labels=names,
            weights=stored.astype(np.float32),
            bias=machines.bias[0],
            confidence=confidence,
            verbatim=Verbatim.of(zip(texts, classes.tolist(), strict=True)),
        )

    def rank(self, vector: Vector, text: str) -> Ranking:
        """Return all labels, the likeliest first; equals in alphabetical order."""
        chances = self.confidence.judge(self.decisions(vector), vector.known_share)
        known = self._verbatim.class_of(text)
        if known is not None and chances[known] < VERBATIM_CONFIDENCE:
            others = chances.sum() - chances[known]
            chances *= min(1.0, (1 - VERBATIM_CONFIDENCE) / max(others, 1e-12))
            chances[known] = VERBATIM_CONFIDENCE
        order = np.argsort(-chances, kind="stable")
        return [(self.labels[i], float(chances[i])) for i in order.tolist()]

    def decisions(self, vector: Vector) -> Floats:
        """Return how strongly each label is indicated, in the order of :attr:`labels`."""
        decided: Floats = vector.values @ self._weights.take(vector.indices, 0) + self._bias
        if vector.dense is not None:
            decided += vector.dense @ self._weights[-len(vector.dense) :]
        return decided

    def contributions(self, vector: Vector, label: str, rival: str | None) -> Floats:
        """Return how much each feature of a vector speaks for a label, rather than for a rival."""
        weights = self._weights.take(vector.indices, 0)
        column = weights[:, self.labels.index(label)]
        if rival is not None:
            column = column - weights[:, self.labels.index(rival)]
        parts: Floats = vector.values * column
        return parts

    def constant(self, label: str, rival: str | None) -> float:
        """Return what speaks for a label rather than for a rival whatever the text."""
        other = 0.0 if rival is None else float(self._bias[self.labels.index(rival)])
        return float(self._bias[self.labels.index(label)]) - other

    def has_seen(self, text: str) -> bool:
        """Whether the text is a training example, word for word and of one label."""
        return self._verbatim.class_of(text) is not None

    def save(self) -> Parts:
        """Return what :meth:`load` takes."""
        return {
            "classifier": {"labels": list(self.labels), "confidence": self.confidence.as_json()},
            "weights": self._weights.astype(np.float16),
            "bias": self._bias,
            **prefixed("verbatim", self._verbatim.save()),
        }

    @classmethod
    def load(cls, parts: Parts) -> LinearClassifier:
        """Build it from :meth:`save`'s result."""
        saved = stored_json(parts, "classifier")
        return cls(
            labels=saved["labels"],
            weights=stored_array(parts, "weights").astype(np.float32),
            bias=stored_array(parts, "bias"),
            confidence=Confidence.from_json(saved["confidence"]),
            verbatim=Verbatim.load(under("verbatim", parts)),
        )
