"""Linear support vector machines, one class against the rest, several models in one pass."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kefu.nlu.featurizers.space import Floats, Matrix, Vector

__all__ = [
    "NEVER",
    "PENALTY",
    "HoldOut",
    "Ints",
    "Machines",
    "damping_of",
    "settle",
    "train_machines",
]

Ints: TypeAlias = NDArray[np.intp]

PENALTY = 3.0
MAX_EPOCHS = 40
STILL = 0.012
"""Training ends when the dual variables of an example move less than this on average."""
STILL_OF_MANY = 0.03
MANY = 5000
"""From this number of examples on STILL_OF_MANY is good enough."""
AT_REST = 0.02
"""An example that moves less than this is visited less and less often."""
NEVER = -2
BALANCE_FROM = 10
"""Classes get equal weight when the largest has this many times the examples of the smallest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOut:
    """A split of the examples for models that are to be judged on what they have not seen.

    Model j is trained without the examples of fold j and without the classes of group j, and no
    such model with the rows of fold NEVER.
    """

    fold: Ints
    """Fold of each example; -1: in no fold."""
    group: Ints
    """Group of each class; -1: never left out."""
    count: int
    """Number of models."""
    judged: Ints = field(default_factory=lambda: np.zeros(0, np.intp))
    """Examples that the models are to be judged on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Weights of the main model and of the models with parts held out."""

    weights: Floats
    """(features, models, classes), dense features last; model 0 has seen everything."""
    bias: Floats
    """(models, classes)"""

    def decided(self, vector: Vector, model: int) -> Floats:
        """Return how strongly each class is indicated for one vector."""
        decided: Floats = vector.values @ self.weights[vector.indices, model] + self.bias[model]
        if vector.dense is not None:
            decided += vector.dense @ self.weights[-len(vector.dense) :, model]
        return decided

    def decisions(self, matrix: Matrix, model: int) -> Floats:
        """Return how strongly each class is indicated for each row: above 0 means yes."""
        bias = self.bias[model]
        result = np.empty((matrix.height, len(bias)), np.float32)
        for number in range(matrix.height):
            row = matrix.row(number)
            result[number] = row.values @ self.weights[row.indices, model]
        if matrix.dense is not None:
            result += matrix.dense @ self.weights[matrix.width :, model]
        result += bias
        return result


def train_machines(
    matrix: Matrix,
    classes: Ints,
    *,
    count: int,
    seed: int,
    hold_out: HoldOut | None = None,
    penalty: float = PENALTY,
) -> Machines:
    """Train on rows of ``matrix`` with ``classes[i]`` in ``range(count)``.

    Squared hinge loss by dual coordinate descent; the coordinates of one example are moved for
    all classes and models together. The less the ``penalty`` for an example that is not told
    right, the simpler the machines.
    """
    models = 1 + (hold_out.count if hold_out else 0)
    problem = _Problem(matrix, classes, damping_of(classes, count, penalty), models, hold_out)
    still = STILL if matrix.height < MANY else STILL_OF_MANY
    _descend(problem, matrix.height, seed=seed, still=still)
    weights = problem.weights.reshape(matrix.columns + 1, models, count)
    return Machines(weights=weights[:-1], bias=weights[-1])


def _descend(problem: _Problem, height: int, *, seed: int, still: float) -> None:
    rng = np.random.default_rng(seed)
    moved = np.ones(height)
    rest = np.zeros(height, np.intp)
    pauses = np.zeros(height, np.intp)
    for _ in range(MAX_EPOCHS):
        order = rng.permutation(np.flatnonzero(rest == 0))
        moved[order] = list(map(problem.visit, order.tolist()))
        if float(moved.mean()) < still:
            break
        rest = np.maximum(rest - 1, 0)
        is_still = moved[order] < AT_REST
        pauses[order] = np.where(is_still, np.minimum(2 * pauses[order] + 1, 7), 0)
        rest[order] = pauses[order]


def settle(
    matrix: Matrix,
    classes: Ints,
    damping: Floats,
    *,
    weights: Floats,
    duals: Floats,
    seed: int,
) -> Floats:
    """Go on training with some of the rows only; return their dual variables.

    Args:
        matrix: These rows.
        classes: Of these rows.
        damping: From :func:`damping_of` all rows.
        weights: (columns and the constant, classes): the sum of all rows by their dual
            variables; changed in place.
        duals: (rows, classes): of these rows, as they are.
        seed: For the order.
    """
    problem = _Problem(matrix, classes, damping, 1, None)
    problem.go_on(weights, duals)
    still = STILL if matrix.height < MANY else STILL_OF_MANY
    _descend(problem, matrix.height, seed=seed, still=still)
    return problem.duals


class _Problem:
    """The dual problem; the last feature is the constant 1."""

    def __init__(
        self,
        matrix: Matrix,
        classes: Ints,
        damping: Floats,
        models: int,
        hold_out: HoldOut | None,
    ) -> None:
        count = len(damping)
        self._classes = classes.tolist()
        self._indices, self._values = _rows_with_constant(matrix)
        self._norms = [float(values @ values) for values in self._values]
        self._dense = matrix.dense
        if matrix.dense is not None:
            squares = np.einsum("ij,ij->i", matrix.dense, matrix.dense).tolist()
            self._norms = [a + b for a, b in zip(self._norms, squares, strict=True)]
        self._signs = np.tile(2 * np.eye(count, dtype=np.float32) - 1, models)
        self._damping = np.tile(damping, models)
        self._masks, self._mask_of = _masks(classes, count, hold_out)
        self.duals = np.zeros((matrix.height, models * count), np.float32)
        self.weights = np.zeros((matrix.columns + 1, models * count), np.float32)
        self._dense_weights = self.weights[matrix.width : -1]
        self._dense_columns = matrix.columns - matrix.width

    def go_on(self, weights: Floats, duals: Floats) -> None:
        """Start from weights, which are changed in place, and dual variables."""
        self.weights, self.duals = weights, duals
        self._dense_weights = weights[len(weights) - 1 - self._dense_columns : -1]

    def visit(self, number: int) -> float:
        """Move the dual variables of an example to their optimum; return how far they went."""
        indices, values = self._indices[number], self._values[number]
        own_class = self._classes[number]
        signs, damping = self._signs[own_class], self._damping[own_class]
        weights = self.weights.take(indices, 0)
        duals = self.duals[number]
        decisions = values @ weights
        if self._dense is not None:
            decisions += self._dense[number] @ self._dense_weights
        slope = signs * decisions - 1 + duals * damping
        slope /= self._norms[number] + damping
        slope *= self._masks[self._mask_of[number]]
        change = np.maximum(duals - slope, 0) - duals
        moved = float(np.abs(change).max())
        if moved > 1e-4:
            duals += change
            change *= signs
            weights += values[:, None] * change
            self.weights[indices] = weights
            if self._dense is not None:
                self._dense_weights += self._dense[number][:, None] * change
        return moved


def _rows_with_constant(matrix: Matrix) -> tuple[list[Ints], list[Floats]]:
    starts = matrix.starts.tolist()
    spans = list(itertools.pairwise(starts))
    one = np.ones(1, np.float32)
    indices = [np.append(matrix.indices[a:b], matrix.columns) for a, b in spans]
    values = [np.concatenate((matrix.values[a:b], one)) for a, b in spans]
    return indices, values


def damping_of(classes: Ints, count: int, penalty: float) -> Floats:
    """Return 1/(2C) for each class of an example (row) in the problem of each class (column)."""
    sizes = np.maximum(np.bincount(classes, minlength=count), 1)
    damping = np.full((count, count), 1 / (2 * penalty), np.float32)
    if sizes.max() > BALANCE_FROM * sizes.min():
        damping[np.diag_indices(count)] *= sizes * count / len(classes)
    return damping


def _masks(classes: Ints, count: int, hold_out: HoldOut | None) -> tuple[list[Floats], list[int]]:
    """Return masks over all columns and which of them applies to which example."""
    if hold_out is None:
        return [np.ones(count, np.float32)], [0] * len(classes)
    groups = hold_out.group[classes]
    keys = (hold_out.fold * (hold_out.count + 1) + groups + 1).astype(np.intp)
    patterns, mask_of = np.unique(keys, return_inverse=True)
    masks = []
    for key in patterns.tolist():
        fold, group = key // (hold_out.count + 1), key % (hold_out.count + 1) - 1
        models = np.ones(1 + hold_out.count, np.float32)
        models[[1 + model for model in (fold, group) if 0 <= model < hold_out.count]] = 0
        if fold == NEVER:
            models[1:] = 0
        masks.append(np.repeat(models, count))
    return masks, mask_of.tolist()
