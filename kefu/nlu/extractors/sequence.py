"""Conditional random fields over sequences of feature lists."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

__all__ = ["Features", "Labelled", "SequenceTagger", "TaggerOptions", "train_tagger"]

Features: TypeAlias = list[list[str]]
"""For each position of a sequence the names of its features."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerOptions:
    """How a tagger is trained."""

    max_iterations: int = 50
    l1: float = 0.1
    l2: float = 0.1
    min_count: int = 0
    """Features seen less often are left out."""
    least_gain: float = 0.01
    """Training ends when its last ten rounds have lowered the loss by a smaller share than this."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labels of a sequence with the probability of each."""

    labels: list[str]
    chances: list[float]


class SequenceTagger:
    """A trained field."""

    def __init__(self, model: bytes) -> None:
        import pycrfsuite

        self.model = model
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)
        self._lock = threading.Lock()
        self._weights: dict[tuple[str, str], float] | None = None

    def tag(self, features: Features) -> Labelled:
        """Return the likeliest labels."""
        with self._lock:
            self._tagger.set(features)
            labels: list[str] = self._tagger.tag()
            marginal = self._tagger.marginal
            chances = [marginal(label, position) for position, label in enumerate(labels)]
        return Labelled(labels, chances)

    def weights(self) -> dict[tuple[str, str], float]:
        """Return the weight of each (feature, label); kept once somebody has asked."""
        with self._lock:
            if self._weights is None:
                self._weights = self._tagger.info().state_features
        return self._weights

    def chances(self, features: Features, label: str) -> list[float]:
        """Return the probability of one label at each position."""
        with self._lock:
            self._tagger.set(features)
            known = label in self._tagger.labels()
            marginal = self._tagger.marginal
            return [marginal(label, n) if known else 0.0 for n in range(len(features))]


def train_tagger(
    sequences: Iterable[tuple[Features, Sequence[str]]], options: TaggerOptions
) -> SequenceTagger:
    """Train by L-BFGS, which gives the same model for the same sequences."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {
            "c1": options.l1,
            "c2": options.l2,
            "max_iterations": options.max_iterations,
            "feature.minfreq": options.min_count,
            "delta": options.least_gain,
        }
    )
    for features, labels in sequences:
        trainer.append(features, labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tagger.crfsuite")
        trainer.train(str(path))
        return SequenceTagger(path.read_bytes())
