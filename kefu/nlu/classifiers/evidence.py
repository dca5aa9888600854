"""Signs by which a right answer is told from a wrong or out-of-scope one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kefu.nlu.classifiers.exemplars import Exemplars
from kefu.nlu.classifiers.network import train_network
from kefu.nlu.classifiers.svm import NEVER, HoldOut, Ints, Machines
from kefu.nlu.featurizers.space import UNKNOWN_WEIGHT, Floats, Matrix, Vector

__all__ = ["ANSWER_SIGNS", "SCOPE_SIGNS", "Doubles", "Evidence", "Held", "Look", "held_out_cases"]

Doubles: TypeAlias = NDArray[np.float64]

ANSWER_SIGNS: Final = ("lead", "log_odds")
"""What tells whether the likeliest class is the right one, if one of them is."""
SCOPE_SIGNS: Final = ("decision", "known", "strange", "near")
"""What tells whether a text belongs to any of the classes."""
STRANGE_BELOW = 0.15
"""Texts of which a smaller part is known are nearly always out of scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The signs, each of a scale around 1."""

    lead: float
    """How far the likeliest class's decision is ahead of all others."""
    log_odds: float
    """Of its probability among the classes, divided by 4."""
    decision: float
    """How strongly it is indicated itself."""
    known: float
    """Which part of the text's n-grams occurs in the training data."""
    near: float
    """How near the text is to examples of the class, by what is usual there."""

    def answer(self) -> tuple[float, ...]:
        """Return the :data:`ANSWER_SIGNS`, and 1 for the constant."""
        return self.lead, self.log_odds, 1.0

    def scope(self) -> tuple[float, ...]:
        """Return the :data:`SCOPE_SIGNS`, and 1 for the constant."""
        strange = max(0.0, STRANGE_BELOW - self.known)
        return self.decision, self.known, strange, self.near, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What models make of one text, before calibration."""

    decisions: Floats
    """Of the linear machines, one a class: above 0 means yes."""
    scores: Floats | None = None
    """Of the network, one a class; None where there is none."""
    known: float
    """Which part of the text's features the models have seen."""
    nearness: Callable[[int], float]
    """How near the text is to the examples of a class; see :class:`Exemplars`."""

    def evidence(self, probabilities: Doubles) -> Evidence:
        """Return the signs for the class of the highest probability."""
        best = int(probabilities.argmax())
        decision = float(self.decisions[best])
        others = self.decisions.copy()
        others[best] = -np.inf
        second = float(others.max()) if len(others) > 1 else -1.0
        probability = min(max(float(probabilities[best]), 1e-4), 1 - 1e-4)
        return Evidence(
            lead=min(max(decision - second, -2.0), 2.0),
            log_odds=float(np.log(probability / (1 - probability))) / 4,
            decision=min(max(decision, -1.5), 1.5),
            known=self.known,
            near=4 * min(max(self.nearness(best), -0.5), 0.5),
        )


@dataclass(frozen=True, slots=True)
class Held:
    """An example seen by models that were trained without it."""

    look: Look
    """Over the classes that the models know."""
    answer: int
    """Position of the right class among these; -1: the models do not know it."""


def held_out_cases(
    matrix: Matrix,
    classes: Ints,
    machines: Machines,
    hold_out: HoldOut | None,
    *,
    examples: int,
    has_network: bool = False,
) -> Iterator[Held]:
    """Yield each example to be judged as seen by the models that did not see it.

    An example is judged by the models of its fold, and if its class was left out of others, by
    those too.

    Args:
        matrix: What the machines were trained on.
        classes: Of the rows.
        machines: One model a fold.
        hold_out: What each of them has not seen; None: there are no cases.
        examples: So many rows are examples, others cannot be near to anything.
        has_network: Whether networks are trained beside the machines.
    """
    if hold_out is None:
        return
    for model in range(hold_out.count):
        left_out = hold_out.group[classes] == model
        is_trained = (hold_out.fold != model) & (hold_out.fold != NEVER) & ~left_out
        rows = hold_out.judged
        judged = rows[(hold_out.fold[rows] == model) | left_out[rows]]
        trained = np.flatnonzero(is_trained)
        if not len(trained) or not len(judged):
            continue
        names = np.unique(classes[trained])
        position = np.full(len(hold_out.group), -1)
        position[names] = np.arange(len(names))
        known = matrix.rows(trained)
        parts = _seen_parts(matrix, judged, known)
        decided = machines.decisions(_stack(parts, matrix, judged), model + 1)[:, names]
        scores: list[Floats | None] = [None] * len(parts)
        if has_network:
            network = train_network(known, position[classes[trained]], count=len(names), seed=model)
            scores = [network.scores(part) for part in parts]
        real = trained[trained < examples]
        exemplars = Exemplars.of(
            matrix.rows(real), position[classes[real]], count=len(names), seed=model
        )
        answers = position[classes[judged]].tolist()
        for part, decisions, score, answer in zip(parts, decided, scores, answers, strict=True):
            look = Look(
                decisions=decisions,
                scores=score,
                known=part.known_share,
                nearness=partial(exemplars.nearness, part),
            )
            yield Held(look, answer)


def _seen_parts(matrix: Matrix, rows: Ints, known: Matrix) -> list[Vector]:
    """Return rows as they look to who has seen only what is known."""
    seen = np.zeros(matrix.width, bool)
    seen[known.indices] = True
    return [_seen_part(matrix.row(row), seen) for row in rows.tolist()]


def _seen_part(row: Vector, seen: NDArray[np.bool_]) -> Vector:
    kept = seen[row.indices]
    values = row.values[kept]
    strange = UNKNOWN_WEIGHT * max(0.0, 1 - float(values @ values))
    length = float(np.sqrt(float(values @ values) + strange)) or 1.0
    share = float(kept.mean()) if len(kept) else 0.0
    return Vector(row.indices[kept], values / np.float32(length), share, row.dense)


def _stack(vectors: Sequence[Vector], matrix: Matrix, rows: Ints) -> Matrix:
    starts = np.concatenate(([0], np.cumsum([len(v.indices) for v in vectors]))).astype(np.intp)
    indices = np.concatenate([v.indices for v in vectors])
    values = np.concatenate([v.values for v in vectors])
    dense = None if matrix.dense is None else matrix.dense[rows]
    return Matrix(starts, indices, values, matrix.width, dense)
