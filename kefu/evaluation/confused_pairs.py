"""Labels that are taken for one another, and the n-grams that lead astray."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kefu.evaluation.understanding import LabelResult

__all__ = ["ConfusedPair", "Culprit", "confused_pairs"]

CULPRITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """An n-gram that spoke for the wrong label."""

    kind: str
    feature: str
    weight: float
    """In all examples that were mistaken."""
    examples: int
    """In so many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedPair:
    """Two labels; ``first`` is taken for ``second`` at least as often as the other way round."""

    first: str
    second: str
    first_as_second: int
    second_as_first: int
    to_second: tuple[Culprit, ...]
    """What made examples of the first look like the second."""
    to_first: tuple[Culprit, ...]

    @property
    def count(self) -> int:
        """How often one was taken for the other."""
        return self.first_as_second + self.second_as_first


def confused_pairs(results: Sequence[LabelResult]) -> list[ConfusedPair]:
    """Return the pairs that were confused, the most often confused first."""
    mistakes: defaultdict[tuple[str, str], list[LabelResult]] = defaultdict(list)
    for result in results:
        if not result.is_right and result.prediction:
            mistakes[result.target, result.prediction].append(result)
    pairs = []
    for one, other in sorted({(min(pair), max(pair)) for pair in mistakes}):
        there, back = mistakes.get((one, other), []), mistakes.get((other, one), [])
        first, second = one, other
        if len(back) > len(there):
            first, second, there, back = other, one, back, there
        pairs.append(
            ConfusedPair(
                first=first,
                second=second,
                first_as_second=len(there),
                second_as_first=len(back),
                to_second=_culprits(there),
                to_first=_culprits(back),
            )
        )
    return sorted(pairs, key=lambda pair: (-pair.count, pair.first, pair.second))


def _culprits(mistakes: Sequence[LabelResult]) -> tuple[Culprit, ...]:
    weights: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for mistake in mistakes:
        for reason in mistake.reasons:
            if reason.weight > 0:
                weights[reason.kind, reason.feature].append(reason.weight)
    order = sorted(weights.items(), key=lambda item: (-sum(item[1]), item[0]))
    return tuple(
        Culprit(kind=kind, feature=feature, weight=sum(found), examples=len(found))
        for (kind, feature), found in order[:CULPRITS]
    )
