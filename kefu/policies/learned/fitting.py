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

__all__ = ["Sample", "fit", "loss_of_unseen"]

Floats = npt.NDArray[Any]

CHUNK = 2_500
"""Samples that are fitted at once, about; of more, the mean of several models is taken."""
CALIBRATION = 1_500
"""Samples that the confidence is calibrated on."""
DIGITS = 3
"""Decimal digits of a weight: more is noise, and would not be the same on every machine."""
_MANY_SAMPLES = 2_000
_COMMON = 50
"""A feature is common if one in as many samples has it."""
_TEMPERATURES = (6.0, 8.0, 10.0, 12.0, 14.0, 16.0)


@dataclass(slots=True)
class Sample:
    """Features with their label, and the stories that they come from."""

    features: Mapping[int, float]
    label: str
    owners: frozenset[str] = frozenset()
    """Stories without any one of which there would be no such sample."""
    count: int = 1
    """How often it occurs."""
    is_glued: bool = False
    """Whether it occurs only where whole stories were glued together."""


@dataclass(slots=True)
class _Row:
    """A sample as positions: of its known features with their weights, and of its label."""

    columns: npt.NDArray[np.int64]
    values: Floats
    target: int
    sample: Sample


def fit(
    samples: Sequence[Sample], *, ridge: float, seed: int, temperature: float | None = None
) -> LinearModel:
    """Fit a model; the same samples and seed give the same model.

    Args:
        samples: What to learn from.
        ridge: How simple the model is to be.
        seed: For everything random.
        temperature: How sure it is to be of itself; None: that is found out.
    """
    labels = tuple(sorted({sample.label for sample in samples}))
    numbers = _feature_numbers(samples)
    rows = _rows(samples, numbers, labels)
    weights = np.zeros((len(numbers), len(labels)))
    order = np.random.RandomState(seed).permutation(len(rows))
    chunks = max(1, round(len(rows) / CHUNK))
    for chunk in range(chunks):
        chosen = [rows[index] for index in sorted(order[chunk::chunks])]
        dual = np.linalg.solve(_kernel(chosen, ridge), _wanted(chosen, len(labels)))
        for row, share in zip(chosen, dual / chunks, strict=True):
            weights[row.columns] += np.outer(row.values, share)
    if temperature is None:
        written = [index for index in order if not samples[index].is_glued] or order
        known = [rows[index] for index in sorted(written[:CALIBRATION])]
        temperature = _temperature(_scores_of_unseen(known, ridge, len(labels)), known)
    rounded = (weights.round(DIGITS) + 0.0).astype(np.float32)  # no negative zeros
    return LinearModel(labels, numbers, rounded, temperature)


def _feature_numbers(samples: Sequence[Sample]) -> npt.NDArray[np.uint32]:
    counts = Counter(number for sample in samples for number in sample.features)
    least = 2 if len(samples) > _MANY_SAMPLES else 1
    kept = sorted(number for number, count in counts.items() if count >= least)
    return np.array(kept, dtype=np.uint32)


def _rows(
    samples: Sequence[Sample], numbers: npt.NDArray[np.uint32], labels: Sequence[str]
) -> list[_Row]:
    position = {number: index for index, number in enumerate(numbers.tolist())}
    label_position = {label: index for index, label in enumerate(labels)}
    rows: list[_Row] = []
    for sample in samples:
        known = [(position[n], w) for n, w in sample.features.items() if n in position]
        columns = np.array([column for column, _ in known], dtype=np.int64)
        values = np.array([value for _, value in known])
        rows.append(_Row(columns, values, label_position[sample.label], sample))
    return rows


def _wanted(rows: Sequence[_Row], labels: int) -> Floats:
    wanted = np.zeros((len(rows), labels))
    wanted[np.arange(len(rows)), [row.target for row in rows]] = 1.0
    return wanted


def _kernel(rows: Sequence[_Row], ridge: float) -> Floats:
    """Return how alike any two samples are, with the ridge on the diagonal.

    Features that many samples have are multiplied as a matrix, the others pair by pair.
    """
    size = len(rows)
    having: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for index, row in enumerate(rows):
        for column, value in zip(row.columns.tolist(), row.values.tolist(), strict=True):
            having[column].append((index, value))
    common = [column for column, items in having.items() if len(items) * _COMMON > size]
    dense = np.zeros((size, len(common)))
    for position, column in enumerate(common):
        for index, value in having.pop(column):
            dense[index, position] = value
    kernel: Floats = dense @ dense.T
    for items in having.values():
        if len(items) == 1:
            index, value = items[0]
            kernel[index, index] += value * value
        else:
            indices = np.array([index for index, _ in items])
            values = np.array([value for _, value in items])
            kernel[indices[:, None], indices] += np.outer(values, values)
    kernel[np.diag_indices(size)] += ridge
    return kernel


def _scores_of_unseen(rows: Sequence[_Row], ridge: float, labels: int) -> Floats:
    """Return the scores each sample would have if its story had been left out.

    What several stories have in common is known even so.
    """
    wanted = _wanted(rows, labels)
    inverse = np.linalg.inv(_kernel(rows, ridge))
    dual = inverse @ wanted
    unseen: Floats = wanted - ridge * dual
    for group in _groups(rows):
        block = inverse[np.ix_(group, group)]
        unseen[group] = wanted[group] - np.linalg.solve(block, dual[group])
    return unseen


def _groups(rows: Sequence[_Row]) -> list[list[int]]:
    """Return the rows that each story takes with it when it is left out."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        for owner in sorted(row.sample.owners):
            groups[owner].append(index)
    return list(groups.values())


def _temperature(scores: Floats, rows: Sequence[_Row]) -> float:
    """Return the factor with which probabilities fit unseen stories best."""
    losses = [_losses(scores, rows, t).mean() for t in _TEMPERATURES]
    return _TEMPERATURES[int(np.argmin(losses))]


def _losses(scores: Floats, rows: Sequence[_Row], temperature: float) -> Floats:
    """Return how much each sample's label surprises."""
    raised = temperature * (scores - scores.max(axis=1, keepdims=True))
    logs = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
    losses: Floats = -logs[np.arange(len(rows)), [row.target for row in rows]]
    return losses


def loss_of_unseen(samples: Sequence[Sample], *, ridge: float) -> float:
    """Return how much a story surprises a model of all the others, on average over its actions."""
    labels = tuple(sorted({sample.label for sample in samples}))
    rows = _rows(samples, _feature_numbers(samples), labels)
    scores = _scores_of_unseen(rows, ridge, len(labels))
    counts = np.array([sample.count for sample in samples])
    means = [(counts * _losses(scores, rows, t)).sum() / counts.sum() for t in _TEMPERATURES]
    return float(min(means))
