"""Signs by which a right answer is told from a wrong or out-of-scope one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kefu.nlu.classifiers.svm import HoldOut, Ints, Machines
from kefu.nlu.featurizers.space import UNKNOWN_WEIGHT, Floats, Matrix, Vector

__all__ = ["SIGNS", "Doubles", "Held", "evidence", "held_out_cases", "soft_max"]

Doubles: TypeAlias = NDArray[np.float64]

SIGNS = ("decision", "lead", "log_odds", "known", "strange")
"""Names of the numbers that :func:`evidence` gives.

Similarity to the nearest examples adds nothing to these (weights below 0.1 on six public sets).
"""

STRANGE_BELOW = 0.4
"""Texts of which a smaller part is known are nearly always out of scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An example seen by a model that was trained without it."""

    decisions: Floats
    """Of the classes the model knows."""
    answer: int
    """Position of the right class in ``decisions``; -1: the model does not know it."""
    known: float
    """Which part of the features the model has seen."""

    @property
    def is_right(self) -> bool:
        """Whether the model gives the right class."""
        return self.answer == int(self.decisions.argmax())


def soft_max(decisions: NDArray[np.floating], temperature: float) -> Doubles:
    """Turn decisions into probabilities."""
    scaled = decisions.astype(np.float64) * temperature
    powers = np.exp(scaled - scaled.max())
    result: Doubles = powers / powers.sum()
    return result


def evidence(decisions: Floats, probability: float, known: float) -> tuple[float, ...]:
    """Return the signs for the class with the highest decision, each of a scale around 1.

    Args:
        decisions: Of all classes.
        probability: Of the class with the highest decision.
        known: Which part of the text's n-grams occurs in the training data.
    """
    first = float(decisions.max())
    second = float(np.partition(decisions, -2)[-2]) if len(decisions) > 1 else -1.0
    probability = min(max(probability, 1e-4), 1 - 1e-4)
    log_odds = float(np.log(probability / (1 - probability)))
    strange = max(0.0, STRANGE_BELOW - known)
    return min(max(first, -1.5), 1.5), min(first - second, 2.0), log_odds / 4, known, strange


def held_out_cases(
    matrix: Matrix, classes: Ints, machines: Machines, hold_out: HoldOut
) -> Iterator[Held]:
    """Yield each example to be judged as seen by the models that did not see it.

    An example is judged by the model of its fold, and if its class was left out of another
    model, by that one too.
    """
    rows = hold_out.judged
    for model in range(hold_out.count):
        left_out = hold_out.group[classes] == model
        is_trained = (hold_out.fold != model) & ~left_out
        judged = rows[(hold_out.fold[rows] == model) | left_out[rows]]
        names = np.unique(classes[is_trained])
        if not len(names) or not len(judged):
            continue
        seen = np.zeros(matrix.width, bool)
        seen[matrix.rows(np.flatnonzero(is_trained)).indices] = True
        position = np.full(len(hold_out.group), -1)
        position[names] = np.arange(len(names))
        parts = [_seen_part(matrix.row(row), seen) for row in judged.tolist()]
        dense = None if matrix.dense is None else matrix.dense[judged]
        decided = machines.decisions(_stack(parts, matrix.width, dense), model + 1)[:, names]
        answers = position[classes[judged]].tolist()
        for part, decisions, answer in zip(parts, decided, answers, strict=True):
            yield Held(decisions=decisions, answer=answer, known=part.known_share)


def _seen_part(row: Vector, seen: NDArray[np.bool_]) -> Vector:
    kept = seen[row.indices]
    values = row.values[kept]
    strange = UNKNOWN_WEIGHT * max(0.0, 1 - float(values @ values))
    length = float(np.sqrt(float(values @ values) + strange)) or 1.0
    share = float(kept.mean()) if len(kept) else 0.0
    return Vector(row.indices[kept], values / np.float32(length), share)


def _stack(vectors: Sequence[Vector], width: int, dense: Floats | None) -> Matrix:
    starts = np.concatenate(([0], np.cumsum([len(v.indices) for v in vectors]))).astype(np.intp)
    indices = np.concatenate([v.indices for v in vectors])
    return Matrix(starts, indices, np.concatenate([v.values for v in vectors]), width, dense)
