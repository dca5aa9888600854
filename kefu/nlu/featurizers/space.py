"""Texts as sparse vectors over the n-grams of the training data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.nlu.featurizers.grams import GramSplitter
from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.message import Token
from kefu.nlu.stored import stored_array, stored_json

__all__ = ["FeatureSpace", "Floats", "Matrix", "Vector"]

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vector:
    """The features of a text that are not zero."""

    indices: NDArray[np.intp]
    values: Floats
    known_share: float
    """Which part of the text's different n-grams occurs in the training data."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Sparse rows, one a text: row i is ``indices[starts[i]:starts[i + 1]]``."""

    starts: NDArray[np.intp]
    indices: NDArray[np.intp]
    values: Floats
    width: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.starts) - 1

    def row(self, number: int) -> Vector:
        """Return one row."""
        part = slice(self.starts[number], self.starts[number + 1])
        return Vector(self.indices[part], self.values[part], 1.0)

    def rows(self, numbers: NDArray[np.intp]) -> Matrix:
        """Return some of the rows, in the order asked for."""
        lengths = np.diff(self.starts)[numbers]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.intp)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        taken = np.repeat(self.starts[:-1][numbers], lengths) + within
        return Matrix(starts, self.indices[taken], self.values[taken], self.width)


class FeatureSpace:
    """Maps texts to vectors of length 1, by blocks of n-grams with a fixed share each."""

    def __init__(
        self,
        *,
        splitter: GramSplitter,
        options: FeatureOptions,
        vocabularies: list[list[str]],
        rarity: Floats,
    ) -> None:
        self._splitter = splitter
        self._options = options
        self._vocabularies = vocabularies
        self._rarity = rarity
        self.width = len(rarity)
        self._index: list[dict[str, int]] = []
        offset = 0
        for vocabulary in vocabularies:
            self._index.append({gram: offset + i for i, gram in enumerate(vocabulary)})
            offset += len(vocabulary)
        self._scales = [share**0.5 for share in splitter.shares]
        self._log = (1 + np.log(np.arange(1, 65))).astype(np.float32)

    @property
    def unspaced(self) -> bool:
        """Whether most of the training data is in a script without spaces."""
        return self._splitter.unspaced

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        *,
        unspaced: bool,
        options: FeatureOptions,
    ) -> FeatureSpace:
        """Collect the n-grams of the texts and how rare they are."""
        splitter = GramSplitter(unspaced=unspaced, options=options)
        counters: list[Counter[str]] = [Counter() for _ in splitter.shares]
        for text, words in zip(texts, tokens, strict=True):
            for counter, grams in zip(counters, splitter.split(text, words), strict=True):
                counter.update(set(grams))
        vocabularies = [
            sorted(gram for gram, count in counter.items() if count >= options.min_examples)
            for counter in counters
        ]
        rarity = np.ones(sum(map(len, vocabularies)), np.float32)
        if splitter.weigh_by_rarity:
            counts = [c[g] for c, v in zip(counters, vocabularies, strict=True) for g in v]
            share = (1 + len(texts)) / (1 + np.asarray(counts, np.float64))
            rarity = (np.log(share) + 1).astype(np.float32)
        return cls(splitter=splitter, options=options, vocabularies=vocabularies, rarity=rarity)

    @classmethod
    def load(cls, parts: Parts) -> FeatureSpace:
        """Build the space from :meth:`save`'s result."""
        space = stored_json(parts, "space")
        options = FeatureOptions.from_json(space["options"])
        return cls(
            splitter=GramSplitter(unspaced=space["unspaced"], options=options),
            options=options,
            vocabularies=stored_json(parts, "vocabularies"),
            rarity=stored_array(parts, "rarity"),
        )

    def save(self) -> Parts:
        """Return options, n-grams and weights."""
        return {
            "space": {"unspaced": self.unspaced, "options": self._options.as_json()},
            "vocabularies": self._vocabularies,
            "rarity": self._rarity,
        }

    def clean(self, text: str) -> str:
        """Return the text's normal form; texts with the same one have the same vector."""
        return self._splitter.clean(text)

    def vector(self, text: str, tokens: Sequence[Token]) -> Vector:
        """Return the features of a text; what the training data does not contain is left out."""
        indices: list[int] = []
        values: list[Floats] = []
        total = 0
        blocks = zip(self._splitter.split(text, tokens), self._index, self._scales, strict=True)
        for grams, index, scale in blocks:
            counts: dict[int, int] = {}
            for gram in grams:
                number = index.get(gram)
                if number is not None:
                    counts[number] = counts.get(number, 0) + 1
            total += len(set(grams))
            if not counts:
                continue
            indices += counts
            values.append(self._weighted(counts, scale))
        taken = np.array(indices, np.intp)
        weights = np.concatenate(values) if values else np.zeros(0, np.float32)
        return Vector(taken, weights, len(indices) / total if total else 0.0)

    def _weighted(self, counts: dict[int, int], scale: float) -> Floats:
        times = np.fromiter(counts.values(), np.intp, len(counts))
        weights = self._log[np.minimum(times, 64) - 1]
        if self._splitter.weigh_by_rarity:
            weights = weights * self._rarity[np.fromiter(counts, np.intp, len(counts))]
        result: Floats = weights * np.float32(scale / float(np.sqrt(weights @ weights)))
        return result

    def matrix(self, texts: Sequence[str], tokens: Sequence[Sequence[Token]]) -> Matrix:
        """Return the vectors of many texts."""
        vectors = [self.vector(t, w) for t, w in zip(texts, tokens, strict=True)]
        lengths = [len(vector.indices) for vector in vectors]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.intp)
        none = [np.zeros(0)]
        return Matrix(
            starts,
            np.concatenate([v.indices for v in vectors] or none).astype(np.intp),
            np.concatenate([v.values for v in vectors] or none).astype(np.float32),
            self.width,
        )
