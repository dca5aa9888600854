"""Puts texts that are alike together, by the characters, words and pairs of them they share."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Grouping", "Likeness", "Nearness", "grams"]

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

    def __init__(self, texts: Iterable[str]) -> None:
        """Learn from ``texts`` which n-grams are rare."""
        counts: Counter[str] = Counter()
        total = 1
        for text in texts:
            counts.update(grams(text))
            total += 1
        self._numbers = {gram: number for number, gram in enumerate(counts)}
        found = np.fromiter(counts.values(), np.float32, len(counts))
        self._weights = array("f", (np.log(total / (found + 1)) + 1.0).astype(np.float32).tobytes())
        self._rarest = float(np.log(max(2, total) / 2) + 1.0)

    def row(self, text: str) -> Row:
        """Return a text as a vector; n-grams that were never seen are as rare as can be."""
        numbers = [self._number(gram) for gram in grams(text)]
        weights = np.asarray([self._weights[number] for number in numbers], np.float32)
        norm = float(np.sqrt((weights**2).sum())) or 1.0
        return numbers, weights / norm

    def _number(self, gram: str) -> int:
        number = self._numbers.get(gram)
        if number is None:
            number = self._numbers[gram] = len(self._weights)
            self._weights.append(self._rarest)
        return number


class Nearness:
    """Tells how near texts are to the nearest of some known ones.

    Args:
        likeness: Measures them.
    """

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._postings = _Postings()
        self._places: dict[str, int] = {}

    def know(self, texts: Collection[str]) -> None:
        """Take these texts as the known ones, and no others."""
        for text in texts:
            if text not in self._places:
                self._places[text] = self._postings.count
                self._postings.add(self._likeness.row(text))
        self._is_known = np.zeros(self._postings.count, np.bool_)
        self._is_known[[self._places[text] for text in texts]] = True

    def nearest(self, text: str) -> float:
        """Return the cosine to the nearest of the known texts; 0: to none."""
        cosines = self._postings.cosines(self._likeness.row(text))
        return float(cosines[self._is_known].max(initial=0.0))


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


class Grouping:
    """Groups of texts that are alike; a text joins the group whose first text it is nearest to.

    Args:
        likeness: Measures them.
    """

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._leaders = _Postings()
        self._kinds: dict[str, int] = {"": 0}
        self._of_leaders = array("q")

    def add(self, text: str, kind: str) -> int:
        """Take in a text; return the number of its group, a new one where none is near enough.

        Args:
            text: Another one than those before.
            kind: What it was understood as; texts that were understood as something else have to
                be nearer. Empty: nothing is known.
        """
        row = self._likeness.row(text)
        number = self._kinds.setdefault(kind, len(self._kinds))
        if self._leaders.count:
            cosines = self._leaders.cosines(row)
            if number:
                others = np.frombuffer(self._of_leaders, np.int64)
                cosines[(others != number) & (others != 0)] *= OTHERWISE_UNDERSTOOD
                del others  # the array cannot grow while it is looked at
            best = int(cosines.argmax())
            if cosines[best] >= ALIKE:
                return best
        self._leaders.add(row)
        self._of_leaders.append(number)
        return self._leaders.count - 1


def grams(text: str) -> set[str]:
    """Return the words of a text, where it has no spaces its characters, and the pairs of them."""
    pieces = _PIECES.findall(text)
    return {*pieces, *(f"{one} {other}" for one, other in pairwise(pieces))}
