"""A small network over the same features as the linear machines, for who wants it accurate.

One hidden layer over the sum of the embeddings of a text's features, trained with dropout of
features and of hidden units (Srivastava et al., *Dropout*, JMLR 2014) by Adam (Kingma & Ba, ICLR
2015). Alone it is about as good as the machines, which are wrong elsewhere: the mean of both is
better than either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.nlu.classifiers.svm import Ints
from kefu.nlu.featurizers.space import Floats, Matrix, Vector
from kefu.nlu.stored import stored_array

__all__ = ["Network", "train_network"]

HIDDEN = 128
EPOCHS = 12
FEWEST_STEPS = 600
"""Few examples are seen more often than :data:`EPOCHS` times."""
BATCH = 32
RATE = 5e-3
DROPPED_FEATURES = 0.4
DROPPED_UNITS = 0.5
LAYERS = ("embeddings", "dense", "hidden_bias", "output", "output_bias")
SCALE = 2.0
"""Features of a text have length 1; so much longer they are for the network."""


class Network:
    """Scores classes; a soft-max over scores gives probabilities."""

    def __init__(self, layers: Mapping[str, NDArray[np.floating]]) -> None:
        """Keep the layers as they are stored, so that a loaded network scores as a trained one."""
        small = {name: layer.astype(np.float16) for name, layer in layers.items()}
        self._embeddings = small.pop("embeddings")
        self._layers: dict[str, Floats] = {
            n: layer.astype(np.float32) for n, layer in small.items()
        }

    def scores(self, vector: Vector) -> Floats:
        """Return one score a class."""
        layers = self._layers
        hidden = vector.values @ self._embeddings.take(vector.indices, 0).astype(np.float32)
        if vector.dense is not None:
            hidden += vector.dense @ layers["dense"]
        hidden += layers["hidden_bias"]
        result: Floats = np.maximum(hidden, 0) @ layers["output"] + layers["output_bias"]
        return result

    def save(self) -> Parts:
        """Return what :meth:`load` takes."""
        small = {name: layer.astype(np.float16) for name, layer in self._layers.items()}
        return {**small, "embeddings": self._embeddings}

    @classmethod
    def load(cls, parts: Parts) -> Network:
        """Build it from :meth:`save`'s result."""
        return cls({name: stored_array(parts, name) for name in LAYERS})


def train_network(matrix: Matrix, classes: Ints, *, count: int, seed: int) -> Network:
    """Train on rows of ``matrix`` with ``classes[i]`` in ``range(count)``.

    The same arguments give the same network.
    """
    training = _Training(matrix, classes, count, np.random.default_rng(seed))
    batches = -(-matrix.height // BATCH)
    epochs = max(EPOCHS, -(-FEWEST_STEPS // batches))
    for epoch in range(epochs):
        order = training.rng.permutation(matrix.height)
        for batch in range(batches):
            rate = RATE * (1 - (epoch * batches + batch + 1) / (epochs * batches + 1))
            training.step(order[batch * BATCH : (batch + 1) * BATCH], rate)
    return training.network()


@dataclass(slots=True)
class _Adam:
    """A layer that learns."""

    values: Floats
    mean: Floats = field(init=False)
    square: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mean = np.zeros_like(self.values)
        self.square = np.zeros_like(self.values)

    def move(self, slope: Floats, rate: float, time: int) -> None:
        """Go against the slope."""
        self.mean += np.float32(0.1) * (slope - self.mean)
        self.square += np.float32(0.001) * (slope * slope - self.square)
        self.values -= _stride(self.mean, self.square, rate, time)

    def move_rows(self, rows: Ints, now: Floats, slope: Floats, rate: float, time: int) -> None:
        """Go against the slope with some rows, whose values are ``now``; the others rest."""
        mean, square = self.mean[rows], self.square[rows]
        mean += np.float32(0.1) * (slope - mean)
        square += np.float32(0.001) * (slope * slope - square)
        self.mean[rows], self.square[rows] = mean, square
        self.values[rows] = now - _stride(mean, square, rate, time)


def _stride(mean: Floats, square: Floats, rate: float, time: int) -> Floats:
    length = np.float32(rate / (1 - 0.9**time))
    width = np.sqrt(square * np.float32(1 / (1 - 0.999**time))) + np.float32(1e-8)
    result: Floats = length * mean / width
    return result


class _Training:
    def __init__(self, matrix: Matrix, classes: Ints, count: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self._matrix = matrix
        self._values = (matrix.values * SCALE).astype(np.float32)
        self._classes = classes
        self._place = np.zeros(matrix.width, np.intp)
        self._time = 0
        self._embeddings = _Adam(self._random(matrix.width, HIDDEN))
        self._dense = None if matrix.dense is None else matrix.dense * np.float32(SCALE)
        width = 0 if matrix.dense is None else matrix.dense.shape[1]
        self._layers = {
            "dense": _Adam(self._random(width, HIDDEN)),
            "hidden_bias": _Adam(np.zeros(HIDDEN, np.float32)),
            "output": _Adam(self._random(HIDDEN, count)),
            "output_bias": _Adam(np.zeros(count, np.float32)),
        }

    def _random(self, height: int, width: int) -> Floats:
        drawn = self.rng.standard_normal((height, width), np.float32)
        return drawn / np.float32(HIDDEN**0.5)

    def step(self, rows: Ints, rate: float) -> None:
        """Learn from some rows."""
        features, batch = self._batch(rows)
        embeddings = self._embeddings.values[features]
        values = {name: layer.values for name, layer in self._layers.items()}
        hidden = batch @ embeddings + values["hidden_bias"]
        if self._dense is not None:
            hidden += self._dense[rows] @ values["dense"]
        gate = self._kept(hidden.shape, DROPPED_UNITS) * (hidden > 0)
        hidden *= gate
        scores = (hidden @ values["output"] + values["output_bias"]).astype(np.float32, copy=False)
        error = self._error(scores, rows)
        back = (error @ values["output"].T) * gate
        slopes = {
            "hidden_bias": back.sum(0),
            "output": hidden.T @ error,
            "output_bias": error.sum(0),
        }
        if self._dense is not None:
            slopes["dense"] = self._dense[rows].T @ back
        self._time += 1
        for name, slope in slopes.items():
            self._layers[name].move(slope, rate, self._time)
        self._embeddings.move_rows(features, embeddings, batch.T @ back, rate, self._time)

    def _batch(self, rows: Ints) -> tuple[Ints, Floats]:
        """Return the features that occur in rows, and the rows as a matrix over these alone."""
        starts = self._matrix.starts
        lengths = starts[rows + 1] - starts[rows]
        ends = np.cumsum(lengths)
        taken = np.arange(ends[-1]) + np.repeat(starts[rows] - ends + lengths, lengths)
        indices = self._matrix.indices[taken]
        values = self._values[taken] * self._kept(indices.shape, DROPPED_FEATURES)
        features = np.unique(indices)
        self._place[features] = np.arange(len(features))
        batch = np.zeros((len(rows), len(features)), np.float32)
        batch[np.repeat(np.arange(len(rows)), lengths), self._place[indices]] = values
        return features, batch

    def _kept(self, shape: tuple[int, ...], dropped: float) -> Floats:
        kept = self.rng.random(shape, np.float32) > dropped
        return kept * np.float32(1 / (1 - dropped))

    def _error(self, scores: Floats, rows: Ints) -> Floats:
        powers = np.exp(scores - scores.max(1, keepdims=True))
        error: Floats = powers / powers.sum(1, keepdims=True)
        error[np.arange(len(rows)), self._classes[rows]] -= 1
        error /= len(rows)
        return error

    def network(self) -> Network:
        """Return what was learned, for features of length 1."""
        layers = {name: layer.values for name, layer in self._layers.items()}
        scaled = {
            "embeddings": self._embeddings.values * np.float32(SCALE),
            "dense": layers["dense"] * np.float32(SCALE),
        }
        return Network({**layers, **scaled})
