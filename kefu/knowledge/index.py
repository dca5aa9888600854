"""BM25 over characters, pairs of characters and words, as arrays that go into a model as they are.

Each term has a list of the passages that have it, with what it adds to their score and where it
stands in them. A search touches only the lists of the question's terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.knowledge.terms import Synonyms, terms_of
from kefu.nlu.stored import stored_array, stored_json

__all__ = [
    "IN_ASKED",
    "IN_BODY",
    "IN_HEADING",
    "IN_OWN_HEADING",
    "Index",
    "Matches",
    "Question",
    "Text",
]

IN_BODY: Final = 1
IN_HEADING: Final = 2
"""In the title, the tags or any heading."""
IN_OWN_HEADING: Final = 4
"""In the heading that the passage stands under."""

IN_ASKED: Final = 8
"""In a question that customers ask about what the passage says."""

_SATURATION: Final = 1.2
_LENGTH_SHARE: Final = 0.5
_HEADING_WEIGHT: Final = 1.5
"""A heading counts as if the body said it so often."""
_ASKED_WEIGHT: Final = 0.1
"""Little: what is asked of only some passages would draw everything to them. The re-rank learns
what more it says."""
_MOST_ASKED: Final = 3
"""Occurrences of a term in questions that count; more of them say nothing more."""
_SYNONYM_WEIGHT: Final = 0.7

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A passage as the index sees it."""

    body: str
    headings: tuple[str, ...] = ()
    """From the title down to :attr:`own`, which is the last."""
    tags: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """Questions of customers that it answers."""

    @property
    def own(self) -> str:
        """The heading it stands under."""
        return self.headings[-1] if self.headings else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The terms of a question that any passage has."""

    terms: tuple[str, ...]
    numbers: tuple[int, ...]
    """Of the terms in the index."""
    weights: Floats
    """1 for terms of the question itself, less for those it has by synonyms only."""
    idf: Floats
    by_synonym: Mapping[str, str]
    """Term -> the variant that stands in the question."""
    unknown: tuple[str, ...] = ()
    """Terms that no passage has, nor a synonym stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The best passages for a question, the best first."""

    passages: NDArray[np.intp]
    scores: Floats
    impacts: Floats
    """What each term (row) adds to the score of each passage (column)."""
    places: NDArray[np.uint8]
    """Where each term stands in each passage: sums of ``IN_…``."""


class Index:
    """Finds passages by what stands in them. Does not change once built."""

    def __init__(
        self,
        terms: Sequence[str],
        arrays: Mapping[str, NDArray[Any]],
        synonyms: Synonyms,
    ) -> None:
        self._terms = terms
        self._numbers = {term: number for number, term in enumerate(terms)}
        self._starts = arrays["starts"]
        self._passages = arrays["passages"]
        self._impacts = arrays["impacts"]
        self._places = arrays["places"]
        self._idf = arrays["idf"]
        self.own_heading_mass: Floats = arrays["own_heading_mass"]
        """Sum of the idf of each passage's own heading."""
        self.synonyms = synonyms
        self.unknown_idf = float(np.log(1 + 2 * (self.size + 0.5)))
        """Of a term that no passage has."""

    @property
    def size(self) -> int:
        """How many passages there are."""
        return len(self.own_heading_mass)

    @classmethod
    def build(cls, texts: Sequence[Text], synonyms: Synonyms) -> Index:
        """Read the passages."""
        counted = [_counts(text, synonyms) for text in texts]
        terms = sorted({term for counts, _, _ in counted for term in counts})
        numbers = {term: number for number, term in enumerate(terms)}
        columns: tuple[list[int], list[int], list[float], list[int]] = ([], [], [], [])
        for passage, (counts, places, _) in enumerate(counted):
            columns[0].extend(numbers[term] for term in counts)
            columns[1].extend([passage] * len(counts))
            columns[2].extend(counts.values())
            columns[3].extend(places.values())
        order = np.argsort(np.array(columns[0], np.int32), kind="stable")
        term_of = np.array(columns[0], np.int32)[order]
        passages = np.array(columns[1], np.int32)[order]
        counts_of = np.array(columns[2], np.float32)[order]
        starts = np.searchsorted(term_of, np.arange(len(terms) + 1)).astype(np.int32)
        frequency = np.diff(starts)
        idf = np.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        lengths = np.array([length for _, _, length in counted] or [1.0], np.float32)
        norm = 1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths / max(float(lengths.mean()), 1.0)
        saturated = counts_of * (_SATURATION + 1) / (counts_of + _SATURATION * norm[passages])
        arrays: dict[str, NDArray[Any]] = {
            "starts": starts,
            "passages": passages,
            "impacts": (idf[term_of] * saturated).astype(np.float32),
            "places": np.array(columns[3], np.uint8)[order],
            "idf": idf,
            "own_heading_mass": np.array(
                [
                    sum(idf[numbers[term]] for term in sorted(set(terms_of(text.own))))
                    for text in texts
                ],
                np.float32,
            ),
        }
        return cls(terms, arrays, synonyms)

    @classmethod
    def load(cls, parts: Parts) -> Index:
        """Take the index from a model."""
        synonyms = Synonyms(stored_json(parts, "synonyms"))
        arrays = {name: stored_array(parts, name) for name in _ARRAYS}
        return cls(stored_json(parts, "terms"), arrays, synonyms)

    def save(self) -> Parts:
        """Return all that :meth:`load` needs."""
        return {
            "terms": list(self._terms),
            "synonyms": self.synonyms.table,
            "starts": self._starts,
            "passages": self._passages,
            "impacts": self._impacts,
            "places": self._places,
            "idf": self._idf,
            "own_heading_mass": self.own_heading_mass,
        }

    def question(self, text: str) -> Question:
        """Return a text as a question to this index."""
        own = dict.fromkeys(terms_of(text))
        further = self.synonyms.terms_for(text, own)
        replaced = {term for variant in set(further.values()) for term in terms_of(variant)}
        known = [term for term in (*own, *further) if term in self._numbers]
        numbers = tuple(self._numbers[term] for term in known)
        return Question(
            terms=tuple(known),
            numbers=numbers,
            weights=np.array(
                [_SYNONYM_WEIGHT if term in further else 1.0 for term in known], np.float32
            ),
            idf=self._idf[list(numbers)] if numbers else np.zeros(0, np.float32),
            by_synonym={term: further[term] for term in known if term in further},
            unknown=tuple(t for t in own if t not in self._numbers and t not in replaced),
        )

    def search(self, question: Question, count: int, *, without: Iterable[int] = ()) -> Matches:
        """Return the ``count`` best passages that have any of the terms, but not ``without``."""
        scores = np.zeros(self.size, np.float32)
        for number, weight in zip(question.numbers, question.weights, strict=True):
            start, end = self._starts[number], self._starts[number + 1]
            scores[self._passages[start:end]] += self._impacts[start:end] * weight
        scores[list(without)] = 0.0
        best = _best(scores, count)
        impacts = np.zeros((len(question.numbers), len(best)), np.float32)
        places = np.zeros((len(question.numbers), len(best)), np.uint8)
        for row, number in enumerate(question.numbers):
            start, end = self._starts[number], self._starts[number + 1]
            listed = self._passages[start:end]
            at = np.minimum(np.searchsorted(listed, best), len(listed) - 1)
            has = listed[at] == best
            impacts[row] = np.where(has, self._impacts[start:end][at], 0.0) * question.weights[row]
            places[row] = np.where(has, self._places[start:end][at], 0)
        return Matches(passages=best, scores=scores[best], impacts=impacts, places=places)


_ARRAYS: Final = ("starts", "passages", "impacts", "places", "idf", "own_heading_mass")


def _best(scores: Floats, count: int) -> NDArray[np.intp]:
    """Return the numbers of the highest scores above 0; of equal ones the first."""
    found = (
        np.argpartition(-scores, count)[:count] if len(scores) > count else np.arange(len(scores))
    )
    best = found[np.lexsort((found, -scores[found]))]
    kept: NDArray[np.intp] = best[scores[best] > 0].astype(np.intp)
    return kept


def _counts(text: Text, synonyms: Synonyms) -> tuple[dict[str, float], dict[str, int], float]:
    """Return how much each term counts in a text, where it stands, and how long the text is."""
    counts: dict[str, float] = {}
    places: dict[str, int] = {}
    headings = " ".join((*text.headings, *text.tags))
    for said, weight, place in (
        (text.body, 1.0, IN_BODY),
        (headings, _HEADING_WEIGHT, IN_HEADING),
        (text.own, 0.0, IN_OWN_HEADING),
    ):
        own = Counter(terms_of(said))
        own.update(synonyms.terms_for(said, own).keys())
        for term, count in own.items():
            counts[term] = counts.get(term, 0.0) + weight * count
            places[term] = places.get(term, 0) | place
    length = sum(counts.values())
    asked = Counter(term for question in text.asked for term in set(terms_of(question)))
    for term, count in asked.items():
        counts[term] = counts.get(term, 0.0) + _ASKED_WEIGHT * min(count, _MOST_ASKED)
        places[term] = places.get(term, 0) | IN_ASKED
    return counts, places, length
