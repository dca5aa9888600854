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
    held_out: list[Matrix] = []
    targets: list[npt.NDArray[np.int64]] = []
    for chunk in range(chunks):
        chosen = [samples[index] for index in sorted(order[chunk::chunks])]
        target = np.array([column[sample.label] for sample in chosen], dtype=np.int64)
        inputs = _matrix(chosen, row)
        dual, unseen = _solve(inputs, target, len(labels), ridge, [s.story for s in chosen])
        weights += np.asarray(inputs.T @ dual) / chunks
        held_out.append(unseen)
        targets.append(target)
    temperature = _temperature(np.concatenate(held_out), np.concatenate(targets))
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


def _solve(
    inputs: Any,
    target: npt.NDArray[np.int64],
    labels: int,
    ridge: float,
    stories: Sequence[int | None],
) -> tuple[Matrix, Matrix]:
    """Return the dual solution, and the scores each sample had if its story were left out."""
    gram = inputs @ inputs.T
    kernel: npt.NDArray[Any] = gram if isinstance(gram, np.ndarray) else gram.toarray()
    size = len(target)
    wanted = np.zeros((size, labels))
    wanted[np.arange(size), target] = 1.0
    kernel[np.diag_indices(size)] += ridge
    if size > _DOUBLE_LIMIT:
        kernel = kernel.astype(np.float32)
    inverse: npt.NDArray[Any] = np.linalg.inv(kernel)
    dual: Matrix = inverse @ wanted
    unseen: Matrix = wanted - ridge * dual
    groups: dict[int, list[int]] = defaultdict(list)
    for index, story in enumerate(stories):
        if story is not None:
            groups[story].append(index)
    for group in groups.values():
        block = inverse[np.ix_(group, group)]
        unseen[group] = wanted[group] - np.linalg.solve(block, dual[group])
    return dual, unseen


def _temperature(scores: Matrix, target: npt.NDArray[np.int64]) -> float:
    """Return the factor with which probabilities fit unseen stories best."""
    losses: list[float] = []
    for temperature in _TEMPERATURES:
        raised = temperature * (scores - scores.max(axis=1, keepdims=True))
        logs = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
        losses.append(float(-logs[np.arange(len(target)), target].mean()))
    return _TEMPERATURES[int(np.argmin(losses))]
