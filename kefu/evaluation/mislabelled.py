"""Examples that most likely carry the wrong label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from kefu.evaluation.understanding import LabelResult

__all__ = ["Suspect", "likely_mislabelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An example whose label is in doubt."""

    number: int
    """Position in the results."""
    label: str
    """The label that the model is sure of instead."""
    confidence: float
    own_confidence: float
    """In the label that the example has."""


def likely_mislabelled(results: Sequence[LabelResult]) -> list[Suspect]:
    """Return examples that a model that has not seen them is sure belong elsewhere.

    Confident learning: Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty
    in Dataset Labels", Journal of Artificial Intelligence Research 70 (2021). A model counts as
    sure of a label when its confidence reaches the mean confidence it has in that label on the
    examples that carry it. An example is in doubt when, of the labels it is sure of, the likeliest
    is not its own. The farther the two are apart, the earlier it is listed.

    Args:
        results: Of held-out examples, with their rankings. Labels that a ranking leaves out count
            as impossible.
    """
    sure_from = _sure_from(results)
    suspects = []
    for number, result in enumerate(results):
        ranking = _ranking(result)
        sure = {
            label: confidence
            for label, confidence in ranking.items()
            if confidence >= sure_from.get(label, 2.0)
        }
        if not sure:
            continue
        label = max(sure, key=lambda name: (sure[name], name == result.target))
        if label != result.target:
            suspects.append(
                Suspect(
                    number=number,
                    label=label,
                    confidence=sure[label],
                    own_confidence=ranking.get(result.target, 0.0),
                )
            )
    suspects.sort(key=lambda one: (one.own_confidence - one.confidence, one.number))
    return suspects


def _sure_from(results: Sequence[LabelResult]) -> dict[str, float]:
    """Return the mean confidence in each label of the unseen examples that carry it."""
    own: defaultdict[str, list[float]] = defaultdict(list)
    for result in results:
        if not (result.was_seen and result.is_right):
            own[result.target].append(_ranking(result).get(result.target, 0.0))
    return {label: fmean(confidences) for label, confidences in own.items()}


def _ranking(result: LabelResult) -> Mapping[str, float]:
    return dict(result.ranking) or {result.prediction: result.confidence}
