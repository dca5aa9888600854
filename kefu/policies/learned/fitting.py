"""Fitting the linear model: regularised least squares in closed form.

The closed form also says what the model would have predicted for a story it had not seen;
from that the confidence is calibrated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kefu.policies.learned.model import LinearModel

__all__ = ["Sample", "fit"]

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[Any]

CHUNK = 3_000
"""Examples that are fitted at once; of more, the mean of several models is taken."""
_DENSE_LIMIT = 4_000_000
_DOUBLE_LIMIT = 1_500
"""Of more examples, single precision is precise enough and twice as fast."""
_MANY_SAMPLES = 2_000
_TEMPERATURES = (6.0, 8.0, 10.0, 12.0, 14.0, 16.0)


@dataclass(slots=True)
class Sample:
    """Features with their label, and the story that alone has them."""

    features: Mapping[int, float]
    label: str
    story: int | None
    """None when several stories have the same."""


def fit(samples: Sequence[Sample], *, ridge: float, seed: int) -> LinearModel:
    """Fit a model; the same samples and seed give the same model."""
    labels = tuple(sorted({sample.label for sample in samples}))
    column = {label: index for index, label in enumerate(labels)}
    numbers = _feature_numbers(samples)
    row = {number: index for index, number in enumerate(numbers.tolist())}
    weights = np.zeros((len(numbers), len(labels)))
    order = np.random.RandomState(seed).permutation(len(samples))
    chunks = max(1, -(-len(samples) // CHUNK))
    temperature = _TEMPERATURES[0]
    for chunk in range(chunks):
        chosen = [samples[index] for index in sorted(order[chunk::chunks])]
        inputs = _matrix(chosen, row)
        wanted = np.zeros((len(chosen), len(labels)))
        target = [column[sample.label] for sample in chosen]
        wanted[np.arange(len(chosen)), target] = 1.0
        kernel = _kernel(inputs, ridge)
        if chunk == 0:
            inverse = _inverse(kernel)
            dual: Matrix = inverse @ wanted
            unseen = _scores_of_unseen(inverse, dual, wanted, ridge, [s.story for s in chosen])
            temperature = _temperature(unseen, target)
        else:
            dual = _solve(kernel, wanted)
        weights += np.asarray(inputs.T @ dual) / chunks
    return LinearModel(labels, numbers, weights.astype(np.float32), temperature)


def _feature_numbers(samples: Sequence[Sample]) -> npt.NDArray[np.uint32]:
    counts = Counter(number for sample in samples for number in sample.features)
    least = 2 if len(samples) > _MANY_SAMPLES else 1
    kept = sorted(number for number, count in counts.items() if count >= least)
    return np.array(kept, dtype=np.uint32)


def _matrix(samples: Sequence[Sample], row: Mapping[int, int]) -> Any:
    """Return the features as a matrix, a sparse one if it is large."""
    entries = [
        (index, row[number], value)
        for index, sample in enumerate(samples)
        for number, value in sample.features.items()
        if number in row
    ]
    places_i, places_j, values = (np.array(part) for part in zip(*entries, strict=True))
    shape = (len(samples), len(row))
    if shape[0] * shape[1] <= _DENSE_LIMIT:
        dense = np.zeros(shape)
        dense[places_i, places_j] = values
        return dense
    from scipy.sparse import csr_matrix

    return csr_matrix((values, (places_i, places_j)), shape=shape)


def _kernel(inputs: Any, ridge: float) -> Floats:
    """Return how alike any two samples are, with the ridge on the diagonal."""
    gram = inputs @ inputs.T
    kernel: Floats = gram if isinstance(gram, np.ndarray) else gram.toarray()
    kernel[np.diag_indices(len(kernel))] += ridge
    return kernel.astype(np.float32) if len(kernel) > _DOUBLE_LIMIT else kernel


def _inverse(kernel: Floats) -> Floats:
    if len(kernel) <= _DOUBLE_LIMIT:
        return np.linalg.inv(kernel)
    from scipy.linalg import lapack

    factor, _ = lapack.spotrf(kernel, lower=1)
    lower, _ = lapack.spotri(factor, lower=1)
    triangle: Floats = np.tril(lower)
    return triangle + np.tril(triangle, -1).T


def _solve(kernel: Floats, wanted: Matrix) -> Matrix:
    from scipy.linalg import cho_factor, cho_solve

    factor = cho_factor(kernel, lower=True, check_finite=False)
    solution: Matrix = cho_solve(factor, wanted.astype(kernel.dtype), check_finite=False)
    return solution


def _scores_of_unseen(
    inverse: Floats,
    dual: Matrix,
    wanted: Matrix,
    ridge: float,
    stories: Sequence[int | None],
) -> Matrix:
    """Return the scores each sample would have if its story had been left out."""
    unseen: Matrix = wanted - ridge * dual
    groups: dict[int, list[int]] = defaultdict(list)
    for index, story in enumerate(stories):
        if story is not None:
            groups[story].append(index)
    for group in groups.values():
        block = inverse[np.ix_(group, group)]
        unseen[group] = wanted[group] - np.linalg.solve(block, dual[group])
    return unseen


def _temperature(scores: Matrix, target: Sequence[int]) -> float:
    """Return the factor with which probabilities fit unseen stories best."""
    losses: list[float] = []
    for temperature in _TEMPERATURES:
        raised = temperature * (scores - scores.max(axis=1, keepdims=True))
        logs = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
        losses.append(float(-logs[np.arange(len(target)), target].mean()))
    return _TEMPERATURES[int(np.argmin(losses))]
