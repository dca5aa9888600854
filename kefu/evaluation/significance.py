"""Whether one model is better than another, or only looks so on these examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["F1Difference", "PairedOutcome", "f1_difference", "mcnemar"]

SAMPLES: Final = 2_000
LEVEL: Final = 0.05
"""Differences less likely by chance than this are called significant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedOutcome:
    """How often two models were right about the same things."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p_value: float
    """How likely a difference as large, or larger, is if the two are equally good."""

    @property
    def total(self) -> int:
        """Number of things that both were asked."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def first(self) -> float:
        """Share of the first one's right answers."""
        return (self.both + self.only_first) / (self.total or 1)

    @property
    def second(self) -> float:
        """Share of the second one's right answers."""
        return (self.both + self.only_second) / (self.total or 1)

    @property
    def is_significant(self) -> bool:
        """Whether chance alone hardly explains the difference."""
        return self.p_value < LEVEL


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> PairedOutcome:
    """Compare which answers of two models were right, by McNemar's exact test, two-sided.

    Only what one of them got right and the other one wrong says which one is better; if they were
    equally good, each of these would fall to either with the same chance: a binomial test.

    Sources: McNemar, "Note on the sampling error of the difference between correlated proportions
    or percentages", Psychometrika 12 (1947); Dietterich, "Approximate Statistical Tests for
    Comparing Supervised Classification Learning Algorithms", Neural Computation 10 (1998).

    Args:
        first: Whether the first model was right, thing by thing.
        second: The same of the second model.
    """
    pairs = list(zip(first, second, strict=True))
    only_first = sum(a and not b for a, b in pairs)
    only_second = sum(b and not a for a, b in pairs)
    both = sum(a and b for a, b in pairs)
    return PairedOutcome(
        both=both,
        only_first=only_first,
        only_second=only_second,
        neither=len(pairs) - both - only_first - only_second,
        p_value=_two_sided(min(only_first, only_second), only_first + only_second),
    )


def _two_sided(fewer: int, total: int) -> float:
    """Return the probability of so few heads, or as many tails, among fair coins; exactly."""
    tail = sum(comb(total, k) for k in range(fewer + 1))
    return min(1.0, float(Fraction(2 * tail, 2**total)))


@dataclass(frozen=True, slots=True, kw_only=True)
class F1Difference:
    """By how much the second model's F1, the mean of all labels, is higher."""

    first: float
    second: float
    low: float
    high: float
    """Between these the difference is with 95 % confidence."""

    @property
    def is_significant(self) -> bool:
        """Whether no difference at all is outside the interval."""
        return self.low > 0 or self.high < 0


def f1_difference(
    targets: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    *,
    samples: int = SAMPLES,
    seed: int = 0,
) -> F1Difference:
    """Compare two models' F1 by the paired bootstrap, percentile interval.

    Examples are drawn with replacement, so often as there are; both models are judged on the same
    draw, and the middle 95 % of the differences are the interval.

    Sources: Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), ch. 13;
    Berg-Kirkpatrick, Burkett & Klein, "An Empirical Investigation of Statistical Significance in
    NLP", EMNLP 2012.

    Args:
        targets: The right labels.
        first: What the first model said.
        second: What the second model said.
        samples: Number of draws.
        seed: Of the draws.
    """
    labels = {name: n for n, name in enumerate(sorted({*targets, *first, *second}))}
    right, one, other = (
        np.array([labels[name] for name in names], dtype=np.int64)
        for names in (targets, first, second)
    )
    size = len(labels)
    whole = _macro_f1(right, one, size), _macro_f1(right, other, size)
    if not len(targets):
        return F1Difference(first=0.0, second=0.0, low=0.0, high=0.0)
    chance = np.random.default_rng(seed)
    differences = np.empty(samples)
    for number in range(samples):
        drawn = chance.integers(0, len(targets), len(targets))
        target = right[drawn]
        differences[number] = _macro_f1(target, other[drawn], size) - _macro_f1(
            target, one[drawn], size
        )
    low, high = np.quantile(differences, (0.025, 0.975))
    return F1Difference(first=whole[0], second=whole[1], low=float(low), high=float(high))


def _macro_f1(targets: npt.NDArray[np.int64], given: npt.NDArray[np.int64], size: int) -> float:
    """Return F1 averaged over the labels that are a right answer at least once."""
    hits = np.bincount(targets[targets == given], minlength=size)
    expected = np.bincount(targets, minlength=size)
    both = expected + np.bincount(given, minlength=size)
    wanted = expected > 0
    return float((2 * hits[wanted] / both[wanted]).mean()) if wanted.any() else 0.0
