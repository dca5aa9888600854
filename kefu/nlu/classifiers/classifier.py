"""The classifier behind intents, answers and sentiments, with calibrated confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from kefu.core.parts import Parts, prefixed, under
from kefu.nlu.classifiers.confidence import Confidence, fit_confidence, plan_hold_out
from kefu.nlu.classifiers.correcting import Studied
from kefu.nlu.classifiers.evidence import Doubles, Look, held_out_cases
from kefu.nlu.classifiers.exemplars import Exemplars
from kefu.nlu.classifiers.network import Network, train_network
from kefu.nlu.classifiers.svm import PENALTY, Ints, train_machines
from kefu.nlu.classifiers.verbatim import Verbatim
from kefu.nlu.featurizers.space import Floats, Matrix, Vector
from kefu.nlu.stored import stored_array, stored_json

__all__ = ["Judgement", "Manner", "Ranking", "TextClassifier"]

Ranking: TypeAlias = list[tuple[str, float]]
"""Labels with their confidence, the likeliest first."""

VERBATIM_CONFIDENCE = 0.95
"""At least this sure is a sentence that stands in the training data, unless in two classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a classifier learns, and how careful it is."""

    out_of_scope_share: float
    """Which part of all messages is expected to mean none of what it knows."""
    penalty: float = PENALTY
    """For examples that are not told right; less makes simpler classifiers."""
    accurate: bool = False
    """Whether a network has its say, too: more often right, and many times the training."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What a classifier makes of a text."""

    labels: tuple[str, ...]
    """All labels, in alphabetical order."""
    chances: Doubles
    """Of the labels, in their order."""
    order: Ints
    """Places of the labels, the likeliest first; equals in alphabetical order."""
    in_scope: float
    """How likely the text means any of them."""

    @property
    def ranking(self) -> Ranking:
        """All labels, the likeliest first."""
        return self.best(len(self.labels))

    def best(self, count: int) -> Ranking:
        """Return so many labels, the likeliest first."""
        first = self.order[:count]
        chances = self.chances[first].tolist()
        return [(self.labels[i], chance) for i, chance in zip(first.tolist(), chances, strict=True)]


class TextClassifier:
    """Ranks labels for a text's vector."""

    def __init__(  # noqa: PLR0913 - each is a different thing
        self,
        *,
        labels: Sequence[str],
        weights: Floats,
        bias: Floats,
        network: Network | None,
        confidence: Confidence,
        exemplars: Exemplars,
        verbatim: Verbatim,
    ) -> None:
        self._verbatim = verbatim
        self._exemplars = exemplars
        self._network = network
        self.labels = tuple(labels)
        self.confidence = confidence
        self._weights = weights
        self._bias = bias

    @classmethod
    def train(  # noqa: PLR0913 - each is a different thing
        cls,
        matrix: Matrix,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        examples: int,
        guesses: int = 0,
        manner: Manner,
        seed: int,
    ) -> TextClassifier:
        """Learn from rows of ``matrix`` with one text and one label each.

        Args:
            matrix: Vectors of the texts.
            texts: What is known verbatim.
            labels: What the texts mean.
            examples: So many rows are examples, those behind are not what customers write.
            guesses: So many rows, the last ones, are messages whose labels were guessed.
            manner: How it learns.
            seed: For everything random.
        """
        names = sorted(set(labels))
        position = {name: number for number, name in enumerate(names)}
        classes = np.array([position[label] for label in labels], np.intp)
        count, accurate = len(names), manner.accurate and len(names) > 1
        hold_out = plan_hold_out(
            classes[:examples],
            count=count,
            seed=seed,
            further=len(classes) - examples - guesses,
            guesses=guesses,
        )
        machines = train_machines(
            matrix, classes, count=count, seed=seed, hold_out=hold_out, penalty=manner.penalty
        )
        cases = held_out_cases(
            matrix, classes, machines, hold_out, examples=examples, has_network=accurate
        )
        confidence = fit_confidence(list(cases), out_of_scope_share=manner.out_of_scope_share)
        real, certain = np.arange(examples), len(classes) - guesses
        stored = machines.weights[:, 0].astype(np.float16)
        return cls(
            labels=names,
            weights=stored.astype(np.float32),
            bias=machines.bias[0],
            network=train_network(matrix, classes, count=count, seed=seed) if accurate else None,
            confidence=confidence,
            exemplars=Exemplars.of(matrix.rows(real), classes[real], count=count, seed=seed),
            verbatim=Verbatim.of(list(zip(texts, classes.tolist(), strict=True))[:certain]),
        )

    def corrected(
        self, studied: Studied, *, examples: int, guesses: int, seed: int
    ) -> TextClassifier:
        """Return the classifier of corrected machines, as sure of itself as this one.

        Args:
            studied: The machines, and what they are told to be right about.
            examples: As in :meth:`train`.
            guesses: As in :meth:`train`.
            seed: For everything random.
        """
        touched = studied.touched
        is_same = touched is not None and not len(touched) and self.labels == tuple(studied.names)
        exemplars, verbatim = self._exemplars.widened(studied.matrix.width), self._verbatim
        if not is_same:
            certain = len(studied.classes) - guesses
            pairs = list(zip(studied.texts, studied.classes.tolist(), strict=True))
            exemplars = self._new_exemplars(studied, examples, seed)
            verbatim = Verbatim.of(pairs[:certain])
        return TextClassifier(
            labels=studied.names,
            weights=studied.weights[:-1],
            bias=studied.weights[-1],
            network=None,
            confidence=self.confidence,
            exemplars=exemplars,
            verbatim=verbatim,
        )

    def _new_exemplars(self, studied: Studied, examples: int, seed: int) -> Exemplars:
        touched = set(range(len(studied.names)))
        if studied.touched is not None:
            touched = set(studied.touched.tolist())
        known = {
            number: self._exemplars.usual(self.labels.index(name))
            for number, name in enumerate(studied.names)
            if number not in touched and name in self.labels
        }
        return Exemplars.of(
            studied.matrix.rows(np.arange(examples)),
            studied.classes[:examples],
            count=len(studied.names),
            seed=seed,
            known=known,
        )

    def weights_and_bias(self) -> Floats:
        """Return the weights of all columns and of the constant, one column a label."""
        return np.concatenate((self._weights, self._bias[None, :].astype(np.float32)))

    def judge(self, vector: Vector, text: str) -> Judgement:
        """Rank all labels for a text."""
        look = self.look(vector)
        probabilities = self.confidence.probabilities(look)
        chances, in_scope = self.confidence.judge(probabilities, look.evidence(probabilities))
        known = self._verbatim.class_of(text)
        if known is not None and chances[known] < VERBATIM_CONFIDENCE:
            others = chances.sum() - chances[known]
            chances *= min(1.0, (1 - VERBATIM_CONFIDENCE) / max(others, 1e-12))
            chances[known] = VERBATIM_CONFIDENCE
            in_scope = max(in_scope, VERBATIM_CONFIDENCE)
        order = np.argsort(-chances, kind="stable")
        return Judgement(self.labels, chances, order, in_scope)

    def look(self, vector: Vector) -> Look:
        """Return what the models make of a text."""
        return Look(
            decisions=self.decisions(vector),
            scores=None if self._network is None else self._network.scores(vector),
            known=vector.known_share,
            nearness=partial(self._exemplars.nearness, vector),
        )

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
        network = {} if self._network is None else prefixed("network", self._network.save())
        return {
            "classifier": {"labels": list(self.labels), "confidence": self.confidence.as_json()},
            "weights": self._weights.astype(np.float16),
            "bias": self._bias,
            **network,
            **prefixed("exemplars", self._exemplars.save()),
            **prefixed("verbatim", self._verbatim.save()),
        }

    @classmethod
    def load(cls, parts: Parts) -> TextClassifier:
        """Build it from :meth:`save`'s result."""
        saved = stored_json(parts, "classifier")
        weights = stored_array(parts, "weights").astype(np.float32)
        network = under("network", parts)
        return cls(
            labels=saved["labels"],
            weights=weights,
            bias=stored_array(parts, "bias"),
            network=Network.load(network) if network else None,
            confidence=Confidence.from_json(saved["confidence"]),
            exemplars=Exemplars.load(under("exemplars", parts), columns=len(weights)),
            verbatim=Verbatim.load(under("verbatim", parts)),
        )
