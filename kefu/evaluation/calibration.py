"""Whether confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kefu.evaluation.understanding import LabelResult

__all__ = ["Bin", "Calibration", "Threshold", "at_thresholds", "calibration", "histogram"]

BINS = 15
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers whose confidence lies in a range."""

    low: float
    high: float
    count: int
    right: int
    confidence: float
    """Mean confidence of the answers; 0 where there are none."""

    @property
    def accuracy(self) -> float:
        """Share of right answers; 0 where there are none."""
        return self.right / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far confidence and the share of right answers are apart."""

    bins: tuple[Bin, ...]
    """Ranges of equal width from 0 to 1, what a reliability diagram shows."""
    error: float
    """Expected calibration error: mean distance of the two, each bin by its number of answers."""


def calibration(results: Sequence[LabelResult], bins: int = BINS) -> Calibration:
    """Compare confidence with the share of right answers.

    Expected calibration error as in Naeini et al., "Obtaining Well Calibrated Probabilities Using
    Bayesian Binning" (AAAI 2015), and Guo et al., "On Calibration of Modern Neural Networks"
    (ICML 2017), who use 15 bins, too.
    """
    members: list[list[LabelResult]] = [[] for _ in range(bins)]
    for result in results:
        members[_bin_of(result.confidence, bins)].append(result)
    made = tuple(
        Bin(
            low=number / bins,
            high=(number + 1) / bins,
            count=len(inside),
            right=sum(result.is_right for result in inside),
            confidence=sum(result.confidence for result in inside) / max(len(inside), 1),
        )
        for number, inside in enumerate(members)
    )
    total = max(len(results), 1)
    error = sum(one.count / total * abs(one.accuracy - one.confidence) for one in made)
    return Calibration(bins=made, error=error)


def histogram(results: Sequence[LabelResult], bins: int = 20) -> list[tuple[int, int]]:
    """Return (right, wrong) answers for ranges of confidence of equal width from 0 to 1."""
    counts = [[0, 0] for _ in range(bins)]
    for result in results:
        counts[_bin_of(result.confidence, bins)][not result.is_right] += 1
    return [(right, wrong) for right, wrong in counts]


def _bin_of(confidence: float, bins: int) -> int:
    return min(max(int(confidence * bins), 0), bins - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What becomes of messages when only answers of some confidence are given."""

    threshold: float
    answered: int
    right: int


def at_thresholds(
    results: Sequence[LabelResult], thresholds: Sequence[float] = THRESHOLDS
) -> list[Threshold]:
    """Return for each threshold how many answers reach it and how many of them are right."""
    found = []
    for threshold in thresholds:
        given = [result for result in results if result.confidence >= threshold]
        right = sum(result.is_right for result in given)
        found.append(Threshold(threshold=threshold, answered=len(given), right=right))
    return found
