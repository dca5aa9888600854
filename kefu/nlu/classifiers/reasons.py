"""Why a linear classifier chose a label."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np

from kefu.nlu.classifiers.classifier import Ranking, TextClassifier
from kefu.nlu.explanation import Candidate, Choice, Contribution
from kefu.nlu.featurizers.space import FeatureSpace, Floats, Vector

__all__ = ["explain_choice"]

CANDIDATES = 5
CONTRIBUTIONS = 40
ROUNDING = 1e-3


def explain_choice(  # noqa: PLR0913 - each is a different thing
    classifier: TextClassifier,
    space: FeatureSpace,
    *,
    about: Literal["intent", "answer", "sentiment"],
    text: str,
    vector: Vector,
    ranking: Ranking,
    rivals: Collection[str],
) -> Choice:
    """Take the first label of a ranking apart.

    Args:
        classifier: Who made the ranking.
        space: Where the vector's features have their names.
        about: What the labels are.
        text: The message.
        vector: Its features.
        ranking: Labels that were possible, the likeliest first; not empty.
        rivals: Labels to compare the first one with, where it knows one of them; otherwise the
            second one of the ranking.
    """
    look = classifier.look(vector)
    evidence = look.evidence(classifier.confidence.probabilities(look))
    decided = dict(zip(classifier.labels, look.decisions.tolist(), strict=True))
    chosen = ranking[0][0]
    second = ranking[1][0] if len(ranking) > 1 else None
    rival = next((label for label in rivals if label in decided and label != chosen), second)
    weights = classifier.contributions(vector, chosen, rival)
    lead = decided[chosen] - (decided[rival] if rival is not None else 0.0)
    constant = classifier.constant(chosen, rival)
    grams = _named(space, vector, weights)
    grams += _meaning(lead - constant - float(weights.sum()))
    return Choice(
        about=about,
        candidates=tuple(
            Candidate(label, chance, decided[label]) for label, chance in ranking[:CANDIDATES]
        ),
        rival=rival,
        contributions=tuple(sorted(grams, key=lambda one: -abs(one.weight))),
        constant=constant,
        signs=classifier.confidence.answer_signs(evidence),
        scope=classifier.confidence.scope_signs(evidence),
        known_share=vector.known_share,
        is_example=classifier.has_seen(text),
        outside=max(0.0, 1 - sum(chance for _, chance in ranking)),
        labels=len(ranking),
    )


def _named(space: FeatureSpace, vector: Vector, weights: Floats) -> list[Contribution]:
    order = np.argsort(-np.abs(weights), kind="stable")[:CONTRIBUTIONS]
    names = space.names(vector.indices[order])
    return [
        Contribution(kind, name, float(weight))
        for (kind, name), weight in zip(names, weights[order], strict=True)
    ]


def _meaning(weight: float) -> list[Contribution]:
    """Return the part of a lead that comes from features without names, if there are any."""
    if abs(weight) < ROUNDING:
        return []
    return [Contribution("meaning", "what it means, by numbers trained elsewhere", weight)]
