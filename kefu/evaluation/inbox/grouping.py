"""Puts texts that are alike together, by the characters, words and pairs of them they share."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Likeness", "grouped"]

ALIKE: Final = 0.42
"""From this cosine on two texts belong together."""
OTHERWISE_UNDERSTOOD: Final = 0.7
"""So much of it counts where two texts were understood as different things."""
_PIECES: Final = re.compile(r"[a-z0-9]+|[^a-z0-9\s]")
Floats: TypeAlias = npt.NDArray[np.float32]
Row: TypeAlias = tuple[list[int], Floats]
"""The numbers of a text's n-grams, and their weights, as a vector of length 1."""


class Likeness:
    """Measures how much texts share: characters or words, and their pairs; rare ones count more."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Learn from ``texts`` which n-grams are rare."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(_grams(text))
        self._numbers = {gram: number for number, gram in enumerate(counts)}
        total = len(texts) + 1
        weights = [np.log(total / (count + 1)) + 1.0 for count in counts.values()]
        self._weights = np.asarray(weights, np.float32)

    def row(self, text: str) -> Row:
        """Return a text as a vector; n-grams that are not known count as nothing."""
        numbers = [self._numbers[gram] for gram in _grams(text) if gram in self._numbers]
        weights = self._weights[numbers]
        norm = float(np.sqrt((weights**2).sum())) or 1.0
        return numbers, weights / norm

    def nearest(self, texts: Sequence[str], known: Sequence[str]) -> list[float]:
        """Return the cosine of each text to the nearest of the known ones; 0: to none."""
        rows = [self.row(text) for text in texts]
        wanted = {number for numbers, _ in rows for number in numbers}
        postings = _Postings()
        for text in known:
            numbers, weights = self.row(text)
            kept = [place for place, number in enumerate(numbers) if number in wanted]
            postings.add(([numbers[place] for place in kept], weights[kept]))
        return [float(postings.cosines(row).max(initial=0.0)) for row in rows]


class _Postings:
    """Finds, for each n-gram, the texts that have it."""

    def __init__(self) -> None:
        self.count = 0
        self._places: dict[int, array[int]] = {}
        self._weights: dict[int, array[float]] = {}

    def add(self, row: Row) -> None:
        """Take in a text; its place is the number of those before."""
        for number, weight in zip(row[0], row[1].tolist(), strict=True):
            self._places.setdefault(number, array("q")).append(self.count)
            self._weights.setdefault(number, array("d")).append(weight)
        self.count += 1

    def cosines(self, row: Row) -> npt.NDArray[np.float64]:
        """Return the cosine to each of the texts, by its place."""
        shared = [place for place, number in enumerate(row[0]) if number in self._places]
        if not shared:
            return np.zeros(self.count)
        found = [np.array(self._places[row[0][place]]) for place in shared]
        weights = [
            np.array(self._weights[row[0][place]]) * float(row[1][place]) for place in shared
        ]
        total = np.bincount(np.concatenate(found), np.concatenate(weights), self.count)
        return total.astype(np.float64, copy=False)


def grouped(
    texts: Sequence[str], counts: Sequence[int], kinds: Sequence[str], likeness: Likeness
) -> list[list[int]]:
    """Return groups of texts that are alike, each begun by the text that leads it.

    The text that comes most often leads; the others join the leader that they are nearest to, if
    they are near enough, and lead a group of their own if not.

    Args:
        texts: All different.
        counts: How often each came.
        kinds: What each was understood as; texts that were understood as something else have to be
            nearer. Empty: nothing is known.
        likeness: Measures them.
    """
    order = sorted(range(len(texts)), key=lambda place: (-counts[place], len(texts[place])))
    leaders = _Postings()
    groups: list[list[int]] = []
    names = {name: number for number, name in enumerate(dict.fromkeys(["", *kinds]))}
    of_leaders = array("q")
    for place in order:
        row = likeness.row(texts[place])
        cosines = leaders.cosines(row)
        kind = names[kinds[place]]
        if kind:
            others = np.array(of_leaders)
            cosines[(others != kind) & (others != 0)] *= OTHERWISE_UNDERSTOOD
        best = int(cosines.argmax()) if leaders.count else -1
        if best >= 0 and cosines[best] >= ALIKE:
            groups[best].append(place)
        else:
            leaders.add(row)
            of_leaders.append(kind)
            groups.append([place])
    return groups


def _grams(text: str) -> set[str]:
    pieces = _PIECES.findall(text)
    return {*pieces, *(f"{one} {other}" for one, other in pairwise(pieces))}
