"""Why the entity learner took a part of a text for an entity, in words."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from kefu.nlu.explanation import Contribution
from kefu.nlu.extractors.pieces import Span
from kefu.nlu.extractors.sequence import Features
from kefu.nlu.phrases import phrase

__all__ = ["BoundaryReasons", "in_words", "near_spans", "type_reasons"]

Weights = Mapping[tuple[str, str], float]

REASONS = 6
"""So many are given of each stage."""
NEARLY = 0.1
"""From this probability on it is told that something might have been an entity."""
OUTSIDE = "O"


class BoundaryReasons:
    """What speaks for the places where entities begin and end."""

    def __init__(
        self, weights: Weights, features: Features, labels: Sequence[str], language: str
    ) -> None:
        self._language = language
        self._weights = weights
        self._features = features
        self._labels = labels

    def of(self, span: Span) -> tuple[Contribution, ...]:
        """Return the features that speak most for, or against, an entity at ``span``.

        Weights are those of the labels given, or of those an entity there would have, less the
        weight of "no entity", added up over the pieces.
        """
        total: defaultdict[str, float] = defaultdict(float)
        for position in range(span.first, span.behind):
            label = self._labels[position]
            if label == OUTSIDE:
                label = _place(span, position)
            for feature in self._features[position]:
                inside = self._weights.get((feature, label), 0.0)
                total[feature] += inside - self._weights.get((feature, OUTSIDE), 0.0)
        return _strongest("boundary", total, self._language)


def type_reasons(
    weights: Weights, features: Sequence[str], kind: str, language: str
) -> tuple[Contribution, ...]:
    """Return the features of a span that speak most for its kind, less what the mean kind has."""
    kinds = {label for _, label in weights}
    total: defaultdict[str, float] = defaultdict(float)
    for feature in features:
        all_kinds = sum(weights.get((feature, other), 0.0) for other in kinds)
        own = weights.get((feature, kind), 0.0)
        total[feature] = own - (all_kinds / len(kinds) if kinds else 0.0)
    return _strongest("type", total, language)


def near_spans(labels: Sequence[str], outside: Sequence[float]) -> list[tuple[Span, float]]:
    """Return runs of pieces that are no entity though one is likely enough, and how likely."""
    found = []
    position = 0
    near = [
        label == OUTSIDE and chance <= 1 - NEARLY
        for label, chance in zip(labels, outside, strict=True)
    ]
    for is_near, run in itertools.groupby(near):
        length = len(list(run))
        if is_near:
            span = Span(position, position + length)
            found.append((span, max(1 - chance for chance in outside[span.first : span.behind])))
        position += length
    return found


def _place(span: Span, position: int) -> str:
    opens, closes = position == span.first, position == span.behind - 1
    return "S" if opens and closes else "B" if opens else "E" if closes else "I"


def _strongest(kind: str, total: Mapping[str, float], language: str) -> tuple[Contribution, ...]:
    told: defaultdict[str, float] = defaultdict(float)
    for feature, weight in total.items():
        told[in_words(feature, language)] += weight
    order = sorted(told.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(Contribution(kind, name, weight) for name, weight in order[:REASONS] if weight)


def in_words(feature: str, language: str = "en") -> str:
    """Return what a feature of the two stages says, for people.

    ``-1=去`` becomes ``去 before it``, ``k0=B-city`` becomes ``known as city``.
    """
    key, _, value = feature.partition("=")
    if key.startswith("k"):
        return _known(value, language)
    if key.startswith("I"):
        return _under_intent(key, value, language)
    value = _shown(value, language)
    if key == "0":
        return value
    around = "around" if key.removeprefix("w") in _AROUND else None
    side = "before" if key.startswith(("-", "L", "l")) else "behind"
    return phrase(language, _PHRASES.get(key) or around or side, value)


def _under_intent(key: str, value: str, language: str) -> str:
    intent, _, value = value.partition("|")
    if not value:
        return phrase(language, "intent", intent)
    return phrase(language, "intent-and", intent, in_words(f"{key[1:]}={value}", language))


_PHRASES = {
    "bias": "anything",
    "w": "word",
    "w-1": "word-before",
    "w1": "word-behind",
    "-10": "ending",
    "-2-10": "ending",
    "w-10": "words-ending",
    "01": "beginning",
    "012": "beginning",
    "digits": "digits",
    "p2": "begins-with",
    "p3": "begins-with",
    "s2": "ends-with",
    "s3": "ends-with",
    "s4": "ends-with",
    "t": "text",
    "o": "text",
    "n": "long",
    "f": "begins-with",
    "l": "ends-with",
    "i": "inside",
    "ii": "inside",
    "shape": "shaped",
    "lr": "around",
    "wB": "word-begins",
    "wM": "within-word",
    "wE": "word-ends",
    "wS": "own-word",
    "sign": "sign",
    "capital": "capital",
}
_AROUND = {"-11", "-101"}


def _known(value: str, language: str) -> str:
    place, _, name = value.rpartition("-")
    if not place and name in {"B", "I", "E", "S"}:
        return phrase(language, "known-value")
    if name.startswith("re:"):
        return phrase(language, "fits-regex", name[3:])
    return phrase(language, "known-as", name)


def _shown(value: str, language: str) -> str:
    ends = {"<": phrase(language, "start"), ">": phrase(language, "end")}
    return " ".join(ends.get(part, part) for part in value.split("|") if part) or "|"
