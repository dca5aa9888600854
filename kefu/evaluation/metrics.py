"""Precision, recall and F1 of predicted labels, in the shape of Rasa's report files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LabelScore", "Report", "report_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """How well one label was predicted."""

    precision: float
    recall: float
    support: int
    """How often the label is the right answer."""
    confused_with: tuple[tuple[str, int], ...] = ()
    """Wrong answers given in its place, most frequent first."""

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How well a set of labels was predicted."""

    labels: dict[str, LabelScore]
    """Labels that are a right answer at least once, in alphabetical order, as in Rasa's reports."""
    accuracy: float
    """Share of right answers among all, labels that are left out included."""
    total: int
    micro: LabelScore

    @property
    def macro(self) -> tuple[float, float, float]:
        """Precision, recall and F1 averaged over the labels."""
        return self._average(lambda _: 1.0)

    @property
    def weighted(self) -> tuple[float, float, float]:
        """Precision, recall and F1 averaged over the labels, weighted by how frequent they are."""
        return self._average(lambda score: score.support)

    def _average(self, weight: Any) -> tuple[float, float, float]:
        total = sum(weight(score) for score in self.labels.values()) or 1.0
        precision, recall, f1 = (
            sum(weight(score) * getattr(score, name) for score in self.labels.values()) / total
            for name in ("precision", "recall", "f1")
        )
        return precision, recall, f1

    def to_json(self) -> dict[str, Any]:
        """Return the content of a report file."""
        content: dict[str, Any] = {
            name: {
                **_row(score.precision, score.recall, score.f1, score.support),
                "confused_with": dict(score.confused_with),
            }
            for name, score in self.labels.items()
        }
        content["accuracy"] = self.accuracy
        support = sum(score.support for score in self.labels.values())
        content["macro avg"] = _row(*self.macro, support)
        content["weighted avg"] = _row(*self.weighted, support)
        content["micro avg"] = _row(self.micro.precision, self.micro.recall, self.micro.f1, support)
        return content


def report_on(
    targets: Sequence[str], predictions: Sequence[str], *, leave_out: Collection[str] = ()
) -> Report:
    """Compare ``predictions`` with ``targets``, item by item.

    Args:
        targets: The right answers.
        predictions: The given answers.
        leave_out: Labels that mean "none" and get no score of their own.
    """
    pairs = Counter(zip(targets, predictions, strict=True))
    given: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for (target, prediction), count in pairs.items():
        expected[target] += count
        given[prediction] += count
    names = sorted(set(expected) - set(leave_out))
    hits = {name: pairs[name, name] for name in names}
    labels = {
        name: LabelScore(
            precision=_share(hits[name], given[name]),
            recall=_share(hits[name], expected[name]),
            support=expected[name],
            confused_with=_confusions(name, pairs),
        )
        for name in names
    }
    right = sum(hits.values())
    return Report(
        labels=labels,
        accuracy=_share(sum(n for (t, p), n in pairs.items() if t == p), len(targets)),
        total=len(targets),
        micro=LabelScore(
            precision=_share(right, sum(given[name] for name in names)),
            recall=_share(right, sum(expected[name] for name in names)),
            support=sum(expected[name] for name in names),
        ),
    )


def _confusions(name: str, pairs: Counter[tuple[str, str]]) -> tuple[tuple[str, int], ...]:
    wrong = [(p, count) for (t, p), count in pairs.items() if t == name and p != name]
    return tuple(sorted(wrong, key=lambda item: (-item[1], item[0])))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _row(precision: float, recall: float, f1: float, support: int) -> dict[str, float]:
    return {"precision": precision, "recall": recall, "f1-score": f1, "support": support}
