"""The re-rank, and how sure one may be of its first: two linear models.

Both begin at weights that are sensible for any project and go from there as far as the
project's own data leads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kefu.knowledge.features import PASSAGE_FEATURES, SIGNS

__all__ = ["Case", "Rerank"]

Floats = NDArray[np.float64]

_BEGIN: Final = {
    "bm25": 3.0,
    "characters": 1.0,
    "pairs": 1.0,
    "in-headings": 1.0,
    "own-heading": 1.0,
    "asked": 1.0,
    "order": 0.0,
}
_SURE: Final = {
    "lead": 0.8,
    "characters": 2.5,
    "pairs": 3.5,
    "in-headings": 1.0,
    "own-heading": 1.0,
    "asked": 1.5,
    "unknown": -4.0,
    "length": 0.0,
}
_SURE_CONSTANT: Final = -2.5
_PULL: Final = 3.0
"""How strongly the models hold on to where they begin, in examples."""
_STEPS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question whose right passages are known."""

    features: Floats
    is_right: NDArray[np.bool_]
    """Of each passage found."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Rerank:
    """Weights of the passages' features and of the signs."""

    ranking: Floats
    certainty: Floats
    """Weights of the signs, and behind them the constant."""

    @classmethod
    def untrained(cls) -> Rerank:
        """Return where training begins."""
        ranking = np.array([_BEGIN[name] for name in PASSAGE_FEATURES])
        certainty = np.array([*(_SURE[name] for name in SIGNS), _SURE_CONSTANT])
        return cls(ranking, certainty)

    def scores(self, features: Floats) -> Floats:
        """Return the score of each passage."""
        found: Floats = features @ self.ranking
        return found

    def confidence(self, signs: Floats) -> float:
        """Return the probability that the first passage answers the question."""
        return float(_logistic(signs @ self.certainty[:-1] + self.certainty[-1]))

    def with_ranking(self, cases: Sequence[Case]) -> Rerank:
        """Learn to put right passages before wrong ones, pair by pair."""
        rows, weights = [], []
        for case in cases:
            right, wrong = case.features[case.is_right], case.features[~case.is_right]
            if len(right) and len(wrong):
                best = right[np.argmax(right @ self.ranking)]
                rows.append(best - wrong)
                weights.append(np.full(len(wrong), case.weight / len(wrong)))
        if not rows:
            return self
        x = np.concatenate(rows)
        learned = _fit(x, np.ones(len(x)), np.concatenate(weights), self.ranking)
        return Rerank(learned, self.certainty)

    def with_certainty(self, signs: Floats, is_right: Floats, weights: Floats) -> Rerank:
        """Learn how sure to be from signs of each question and whether its first is right."""
        if not len(signs) or is_right.min() == is_right.max():
            return self
        x = np.column_stack([signs, np.ones(len(signs))])
        return Rerank(self.ranking, _fit(x, is_right, weights, self.certainty))

    def as_json(self) -> dict[str, Any]:
        """Return a form that JSON can keep."""
        return {"ranking": self.ranking.tolist(), "certainty": self.certainty.tolist()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Rerank:
        """Take what :meth:`as_json` gave."""
        return cls(np.array(stored["ranking"], float), np.array(stored["certainty"], float))


def _fit(x: Floats, y: Floats, weights: Floats, begin: Floats) -> Floats:
    """Return logistic weights by Newton's method, held near ``begin``."""
    w = begin.copy()
    for _ in range(_STEPS):
        chance = _logistic(x @ w)
        gradient = x.T @ (weights * (chance - y)) + _PULL * (w - begin)
        curvature = (x * (weights * chance * (1 - chance))[:, None]).T @ x
        step = np.linalg.solve(curvature + _PULL * np.eye(len(w)), gradient)
        size = float(np.abs(step).max())
        w -= step * min(1.0, 2.0 / size) if size else 0.0
        if size < 1e-9:
            break
    return np.round(w, 6)


def _logistic(value: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(value, -40, 40)))
