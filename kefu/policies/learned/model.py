"""A linear model over numbered features, kept as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kefu.core.parts import Parts

__all__ = ["LinearModel"]

Matrix = npt.NDArray[np.float32]


class LinearModel:
    """Says how well each label goes with weighted features.

    Attributes:
        labels: Names of the labels.
        numbers: Numbers of the known features, ascending.
        weights: A row for each known feature, a column for each label.
        temperature: Factor that turns differences of scores into probabilities.
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        numbers: npt.NDArray[np.uint32],
        weights: Matrix,
        temperature: float,
    ) -> None:
        self.labels = labels
        self.numbers = numbers
        self.weights = weights
        self.temperature = temperature
        self._rows: dict[int, int] = dict(zip(numbers.tolist(), range(len(numbers)), strict=True))

    def scores(self, features: Mapping[int, float]) -> Matrix:
        """Return the score of each label; unknown features count for nothing."""
        known = [(self._rows[number], w) for number, w in features.items() if number in self._rows]
        if not known:
            return np.zeros(len(self.labels), dtype=np.float32)
        rows, values = zip(*known, strict=True)
        result: Matrix = np.array(values, dtype=np.float32) @ self.weights[list(rows)]
        return result

    def probabilities(self, features: Mapping[int, float]) -> Matrix:
        """Return the probability of each label."""
        raised = self.temperature * self.scores(features)
        raised = np.exp(raised - raised.max())
        result: Matrix = raised / raised.sum()
        return result

    def knows(self, number: int) -> bool:
        """Whether a feature occurred in training."""
        return number in self._rows

    def save(self) -> Parts:
        """Return the model as arrays."""
        return {
            "model": {"labels": list(self.labels), "temperature": self.temperature},
            "features": self.numbers,
            "weights": self.weights.astype(np.float16),
        }

    @classmethod
    def load(cls, parts: Parts) -> LinearModel:
        """Take a model back."""
        saved: Any = parts["model"]
        numbers: Any = parts["features"]
        weights: Any = parts["weights"]
        if weights.shape != (len(numbers), len(saved["labels"])):
            raise ValueError("weights do not fit labels and features")
        return cls(
            tuple(saved["labels"]), numbers, weights.astype(np.float32), saved["temperature"]
        )
