"""Texts as sparse vectors over the n-grams of the training data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.nlu.featurizers.grams import GramSplitter
from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.patterns import NO_PATTERNS, PatternLists, PatternNames
from kefu.nlu.stored import stored_array, stored_json
from kefu.nlu.tokens import Token

__all__ = ["FeatureSpace", "Floats", "Matrix", "Vector"]

Floats: TypeAlias = NDArray[np.float32]

UNKNOWN_WEIGHT = 0.3
"""How much n-grams that no example has shorten the vector of the others, from 0 to 1.

They make a text that is mostly strange indicate nothing strongly.
"""
WORDS = 1
"""Number of the block that is made of words."""
KINDS = ("characters", "words", "patterns")
"""What the blocks are made of."""


@dataclass(frozen=True, slots=True)
class Vector:
    """The features of a text that are not zero."""

    indices: NDArray[np.intp]
    values: Floats
    known_share: float
    """Which part of the text's different n-grams occurs in the training data."""
    dense: Floats | None = None
    """What models trained elsewhere say of the text; None in a pipeline without such."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Sparse rows, one a text: row i is ``indices[starts[i]:starts[i + 1]]``."""

    starts: NDArray[np.intp]
    indices: NDArray[np.intp]
    values: Floats
    width: int
    dense: Floats | None = None
    """Further columns that are not sparse, behind the others: (rows, columns)."""

    @property
    def columns(self) -> int:
        """Number of sparse and dense columns."""
        return self.width + (0 if self.dense is None else self.dense.shape[1])

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.starts) - 1

    def row(self, number: int) -> Vector:
        """Return one row."""
        part = slice(self.starts[number], self.starts[number + 1])
        dense = None if self.dense is None else self.dense[number]
        return Vector(self.indices[part], self.values[part], 1.0, dense)

    def rows(self, numbers: NDArray[np.intp]) -> Matrix:
        """Return some of the rows, in the order asked for."""
        lengths = np.diff(self.starts)[numbers]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.intp)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        taken = np.repeat(self.starts[:-1][numbers], lengths) + within
        dense = None if self.dense is None else self.dense[numbers]
        return Matrix(starts, self.indices[taken], self.values[taken], self.width, dense)

    def widened(self, width: int) -> Matrix:
        """Return the same rows among more sparse columns, of which the further ones are empty."""
        return Matrix(self.starts, self.indices, self.values, width, self.dense)

    def with_rows(self, vectors: Sequence[Vector]) -> Matrix:
        """Return the rows with more of them behind, which have the same dense columns."""
        dense = self.dense
        if dense is not None:
            further = [vector.dense for vector in vectors if vector.dense is not None]
            dense = np.vstack((dense, *further))
        ends = self.starts[-1] + np.cumsum([len(vector.indices) for vector in vectors])
        return Matrix(
            np.concatenate((self.starts, ends)).astype(np.intp),
            np.concatenate((self.indices, *(vector.indices for vector in vectors))),
            np.concatenate((self.values, *(vector.values for vector in vectors))),
            self.width,
            dense,
        )


class FeatureSpace:
    """Maps texts to vectors of length 1, by blocks of n-grams with a fixed share each."""

    def __init__(
        self,
        *,
        unspaced: bool,
        options: FeatureOptions,
        patterns: PatternLists,
        vocabularies: list[list[str]],
        rarity: Floats,
    ) -> None:
        """Take what :meth:`fit` found.

        Args:
            unspaced: Whether texts are in a script without spaces.
            options: Which n-grams count.
            patterns: Regexes and lookup tables that are features.
            vocabularies: The n-grams of each block in the order of their numbers. Behind them
                those that were added later, again one list a block.
            rarity: Weight of each n-gram.
        """
        self._patterns = patterns
        self._splitter = splitter = _splitter(options, patterns, unspaced=unspaced)
        self._options = options
        self._vocabularies = vocabularies
        self._rarity = rarity
        self.width = len(rarity)
        self._index: list[dict[str, int]] = [{} for _ in splitter.shares]
        offset = 0
        for position, vocabulary in enumerate(vocabularies):
            numbers = range(offset, offset + len(vocabulary))
            self._index[position % len(splitter.shares)].update(
                zip(vocabulary, numbers, strict=True)
            )
            offset += len(vocabulary)
        self._unknown_word = (
            self._index[WORDS].get(options.oov_token) if options.oov_token else None
        )
        self._scales = [share**0.5 for share in splitter.shares]
        self._rarest = float(rarity.max(initial=1.0))
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
        patterns: PatternLists = NO_PATTERNS,
    ) -> tuple[FeatureSpace, Matrix]:
        """Collect the n-grams of the texts; return the space and the texts' vectors in it."""
        splitter = _splitter(options, patterns, unspaced=unspaced)
        blocks = [_GramCounts() for _ in splitter.shares]
        for text, words in zip(texts, tokens, strict=True):
            for block, grams in zip(blocks, splitter.split(text, words), strict=True):
                block.add(grams)
        counted = [block.counted(len(texts), options.min_examples) for block in blocks]
        examples = np.concatenate([block.examples for block in counted])
        rarity = np.ones(len(examples), np.float32)
        if splitter.weigh_by_rarity:
            rarity = (np.log((1 + len(texts)) / (1 + examples)) + 1).astype(np.float32)
        space = cls(
            unspaced=unspaced,
            options=options,
            patterns=patterns,
            vocabularies=[block.grams for block in counted],
            rarity=rarity,
        )
        return space, space._matrix(counted, len(texts))

    def extended(
        self,
        texts: Sequence[tuple[str, Sequence[Token]]],
        height: int,
        patterns: PatternLists | None = None,
    ) -> FeatureSpace:
        """Return the space with the n-grams of further texts behind those it has.

        What it has keeps number and weight, so that vectors are those they were. Needs a space
        that leaves no n-gram of its texts out.

        Args:
            texts: The further texts with their tokens.
            height: Number of all texts.
            patterns: Other regexes and lookup tables, if it has any; the further texts include
                those that have others of them now. None: they are the same.
        """
        splitter, patterns = self._splitter, patterns or self._patterns
        if patterns != self._patterns:
            splitter = _splitter(self._options, patterns, unspaced=self.unspaced)
        found: list[dict[str, int]] = [{} for _ in self._index]
        for text, tokens in texts:
            for block, grams in enumerate(splitter.split(text, tokens)):
                known = self._index[block]
                for gram in set(grams):
                    if gram not in known:
                        found[block][gram] = found[block].get(gram, 0) + 1
        if not any(found) and splitter is self._splitter:
            return self
        examples = np.array([n for block in found for _, n in sorted(block.items())], np.intp)
        rarity = np.ones(len(examples), np.float32)
        if self._splitter.weigh_by_rarity:
            rarity = (np.log((1 + height) / (1 + examples)) + 1).astype(np.float32)
        return FeatureSpace(
            unspaced=self.unspaced,
            options=self._options,
            patterns=patterns,
            vocabularies=[*self._vocabularies, *(sorted(block) for block in found)],
            rarity=np.concatenate((self._rarity, rarity)),
        )

    def _matrix(self, blocks: Sequence[_Counted], height: int) -> Matrix:
        rows, indices, values = [], [], []
        offset = 0
        for block, scale in zip(blocks, self._scales, strict=True):
            weights = self._log[np.minimum(block.times, len(self._log)) - 1]
            weights = weights * self._rarity[offset + block.numbers]
            lengths = np.sqrt(np.bincount(block.rows, weights**2, height))
            rows.append(block.rows)
            indices.append(block.numbers + offset)
            values.append(weights * scale / lengths[block.rows])
            offset += len(block.grams)
        row_of = np.concatenate(rows)
        order = np.argsort(row_of, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(row_of, minlength=height))))
        return Matrix(
            starts.astype(np.intp),
            np.concatenate(indices)[order].astype(np.intp),
            np.concatenate(values)[order].astype(np.float32),
            self.width,
        )

    @classmethod
    def load(cls, parts: Parts) -> FeatureSpace:
        """Build the space from :meth:`save`'s result."""
        space = stored_json(parts, "space")
        return cls(
            unspaced=space["unspaced"],
            options=FeatureOptions.from_json(space["options"]),
            patterns=PatternLists(
                [(name, pattern) for name, pattern in space["regexes"]], space["lookups"]
            ),
            vocabularies=stored_json(parts, "vocabularies"),
            rarity=stored_array(parts, "rarity"),
        )

    def save(self) -> Parts:
        """Return options, n-grams and weights."""
        return {
            "space": {
                "unspaced": self.unspaced,
                "options": self._options.as_json(),
                "regexes": [list(regex) for regex in self._patterns.regexes],
                "lookups": {name: list(words) for name, words in self._patterns.lookups.items()},
            },
            "vocabularies": self._vocabularies,
            "rarity": self._rarity,
        }

    def names(self, indices: NDArray[np.intp]) -> list[tuple[str, str]]:
        """Return (kind, n-gram) of features; kinds are those of :data:`KINDS`."""
        ends = np.cumsum([len(vocabulary) for vocabulary in self._vocabularies])
        found = []
        for index in indices.tolist():
            block = int(np.searchsorted(ends, index, side="right"))
            start = int(ends[block - 1]) if block else 0
            kind = KINDS[min(block % len(self._index), len(KINDS) - 1)]
            found.append((kind, self._vocabularies[block][index - start]))
        return found

    def unknown_words(self, text: str, tokens: Sequence[Token]) -> list[str]:
        """Return the words of a text that no example has, each once."""
        words = dict.fromkeys(self._splitter.words(text, tokens))
        return [word for word in words if word not in self._index[WORDS]]

    def clean(self, text: str) -> str:
        """Return the text's normal form; texts with the same one have the same vector."""
        return self._splitter.clean(text)

    def vector(self, text: str, tokens: Sequence[Token]) -> Vector:
        """Return the features of a text; what the training data does not contain is left out."""
        indices: list[int] = []
        values: list[Floats] = []
        total = 0
        for block, grams in enumerate(self._splitter.split(text, tokens)):
            counts = self._counts(block, grams)
            different = len(set(grams))
            total += different
            if counts:
                indices += counts
                values.append(self._weighted(counts, different - len(counts), block))
        taken = np.array(indices, np.intp)
        weights = np.concatenate(values) if values else np.zeros(0, np.float32)
        return Vector(taken, weights, min(1.0, len(indices) / total) if total else 0.0)

    def _counts(self, block: int, grams: Sequence[str]) -> dict[int, int]:
        find = self._index[block].get
        unknown = self._unknown_word if block == WORDS else None
        counts: dict[int, int] = {}
        for gram in grams:
            number = find(gram)
            if number is None and unknown is not None and " " not in gram:
                number = unknown
            if number is not None:
                counts[number] = counts.get(number, 0) + 1
        return counts

    def _weighted(self, counts: dict[int, int], unknown: int, block: int) -> Floats:
        if sum(counts.values()) == len(counts):
            weights = np.ones(len(counts), np.float32)  # once each, as in most texts
        else:
            times = np.fromiter(counts.values(), np.intp, len(counts))
            weights = self._log[np.minimum(times, 64) - 1]
        if self._splitter.weigh_by_rarity:
            weights = weights * self._rarity[np.fromiter(counts, np.intp, len(counts))]
        strange = UNKNOWN_WEIGHT * max(unknown, 0) * self._rarest**2
        length = float(np.sqrt(weights @ weights + strange))
        result: Floats = weights * np.float32(self._scales[block] / length)
        return result


def _splitter(options: FeatureOptions, lists: PatternLists, *, unspaced: bool) -> GramSplitter:
    patterns = None
    if lists:
        patterns = PatternNames(
            lists.regexes,
            lists.lookups,
            case_sensitive=options.patterns_case_sensitive,
            word_boundaries=options.patterns_word_boundaries,
        )
    return GramSplitter(unspaced=unspaced, options=options, patterns=patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A block of all texts: each different gram of each text once."""

    grams: list[str]
    """Sorted."""
    examples: NDArray[np.intp]
    """How many texts contain each gram."""
    rows: NDArray[np.intp]
    numbers: NDArray[np.intp]
    """Position of the gram in ``grams``."""
    times: NDArray[np.intp]


class _GramCounts:
    """Collects the grams of one block."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._flat: list[int] = []
        self._lengths: list[int] = []

    def add(self, grams: Sequence[str]) -> None:
        """Take the grams of the next text."""
        numbers = self._numbers
        self._flat += [numbers.setdefault(gram, len(numbers)) for gram in grams]
        self._lengths.append(len(grams))

    def counted(self, height: int, min_examples: int) -> _Counted:
        """Return what was collected, without grams that too few texts contain."""
        width = max(len(self._numbers), 1)
        rows = np.repeat(np.arange(height), self._lengths)
        pairs, times = np.unique(rows * width + np.array(self._flat, np.intp), return_counts=True)
        rows, numbers = pairs // width, pairs % width
        examples = np.bincount(numbers, minlength=len(self._numbers))
        names = list(self._numbers)
        kept = sorted(name for name in names if examples[self._numbers[name]] >= min_examples)
        old = np.array([self._numbers[name] for name in kept], np.intp)
        position = np.full(width, -1)
        position[old] = np.arange(len(kept))
        numbers = position[numbers]
        found = numbers >= 0
        return _Counted(
            grams=kept,
            examples=examples[old],
            rows=rows[found],
            numbers=numbers[found],
            times=times[found],
        )
