"""Why the entity learner took a part of a text for an entity, in words."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from kefu.nlu.explanation import Contribution
from kefu.nlu.extractors.pieces import Span
from kefu.nlu.extractors.sequence import Features

__all__ = ["BoundaryReasons", "in_words", "near_spans", "type_reasons"]

Weights = Mapping[tuple[str, str], float]

REASONS = 6
"""So many are given of each stage."""
NEARLY = 0.1
"""From this probability on it is told that something might have been an entity."""
OUTSIDE = "O"


class BoundaryReasons:
    """What speaks for the places where entities begin and end."""

    def __init__(self, weights: Weights, features: Features, labels: Sequence[str]) -> None:
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
        return _strongest("boundary", total)


def type_reasons(weights: Weights, features: Sequence[str], kind: str) -> tuple[Contribution, ...]:
    """Return the features of a span that speak most for its kind, less what the mean kind has."""
    kinds = {label for _, label in weights}
    total: defaultdict[str, float] = defaultdict(float)
    for feature in features:
        all_kinds = sum(weights.get((feature, other), 0.0) for other in kinds)
        own = weights.get((feature, kind), 0.0)
        total[feature] = own - (all_kinds / len(kinds) if kinds else 0.0)
    return _strongest("type", total)


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


def _strongest(kind: str, total: Mapping[str, float]) -> tuple[Contribution, ...]:
    told: defaultdict[str, float] = defaultdict(float)
    for feature, weight in total.items():
        told[in_words(feature)] += weight
    order = sorted(told.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(Contribution(kind, name, weight) for name, weight in order[:REASONS] if weight)


def in_words(feature: str) -> str:
    """Return what a feature of the two stages says, for people.

    ``-1=去`` becomes ``去 before it``, ``k0=B-city`` becomes ``known as city``.
    """
    key, _, value = feature.partition("=")
    if key == "bias":
        return "whatever the text"
    if key.startswith("k"):
        return _known(value)
    if key.startswith("I"):
        intent, _, value = value.partition("|")
        rest = f" and {in_words(f'{key[1:]}={value}')}" if value else ""
        return f"intent {intent}{rest}"
    value = _shown(value)
    if key in _PHRASES:
        return _PHRASES[key].format(value)
    if key.removeprefix("w") in _AROUND:
        return f"{value} around it"
    side = "before" if key.startswith(("-", "L", "l")) else "behind"
    return f"{value} {side} it"


_PHRASES = {
    "0": "{}",
    "w": "word {}",
    "w-1": "word {} before it",
    "w1": "word {} behind it",
    "-10": "{} ending in it",
    "-2-10": "{} ending in it",
    "w-10": "words {} ending in it",
    "01": "{} beginning in it",
    "012": "{} beginning in it",
    "digits": "{} digits",
    "p2": "begins with {}",
    "p3": "begins with {}",
    "s2": "ends with {}",
    "s3": "ends with {}",
    "s4": "ends with {}",
    "t": "the text {}",
    "o": "the text {}",
    "n": "{} pieces long",
    "f": "begins with {}",
    "l": "ends with {}",
    "i": "{} in it",
    "ii": "{} in it",
    "shape": "shaped like {}",
    "lr": "{} around it",
    "wB": "where a word begins",
    "wM": "within a word",
    "wE": "where a word ends",
    "wS": "a word of its own",
    "sign": "a punctuation mark",
    "capital": "in capitals",
}
_AROUND = {"-11", "-101"}


def _known(value: str) -> str:
    place, _, name = value.rpartition("-")
    if not place and name in {"B", "I", "E", "S"}:
        return "a known value"
    if name.startswith("re:"):
        return f"fits the regex {name[3:]}"
    return f"known as {name}"


def _shown(value: str) -> str:
    ends = {"<": "(start)", ">": "(end)"}
    return " ".join(ends.get(part, part) for part in value.split("|") if part) or "|"
