"""What English words mean, from a table that comes with Kefu.

N-grams know nothing of words that no example contains: "refund" says nothing about "money back".
The table says which words are near one another, at the price of a look-up a word. It is made by
``bench/static_embeddings.py``, which names its source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Self

import numpy as np

from kefu.core.parts import Parts
from kefu.nlu.component import Lesson, Surroundings
from kefu.nlu.featurizers.space import Floats
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.nlu.pretrained.dense import DenseFeaturizer, checked_share, unit_rows
from kefu.project.settings import ComponentConfig

__all__ = ["TABLE", "StaticEmbeddingFeaturizer", "WordTable", "word_table"]

TABLE: Final = Path(__file__).with_name("english.npz")
LONGEST_WORD = 40
"""Longer runs of letters are no words."""
MOST_WORDS = 2000
"""So many words of a message are looked at."""
REMEMBERED = 8192
"""Of so many words the embeddings are kept as they were put together."""
_WORD = re.compile("[a-z]+|[0-9]")


class WordTable:
    """Embeddings of pieces of words, and of words put together from them."""

    def __init__(self, pieces: Sequence[str], values: np.ndarray, scales: Floats) -> None:
        self._number = {piece: number for number, piece in enumerate(pieces)}
        self._longest = max(map(len, pieces))
        self._values = values
        self._scales = scales
        self.width = int(values.shape[1])
        self._of_word = lru_cache(REMEMBERED)(self._put_together)

    def embedding(self, text: str) -> Floats:
        """Return the sum over all words; 0 where none is known."""
        text = text.lower()
        if not text.isascii():
            spread = unicodedata.normalize("NFKD", text)
            text = "".join(char for char in spread if not unicodedata.combining(char))
        found = np.zeros(self.width, np.float32)
        for word in _WORD.findall(text)[:MOST_WORDS]:
            found += self._of_word(word)
        return found

    def _put_together(self, word: str) -> Floats:
        numbers = self._pieces(word)
        rows = self._values[numbers] * self._scales[numbers, None]
        result: Floats = rows.sum(0, dtype=np.float32)
        return result

    def _pieces(self, word: str) -> list[int]:
        """Split a word into the longest pieces from the left (WordPiece); none fit: none."""
        if len(word) > LONGEST_WORD:
            return []
        numbers: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(min(len(word), start + self._longest), start, -1):
                number = self._number.get(mark + word[start:end])
                if number is not None:
                    numbers.append(number)
                    start = end
                    break
            else:
                return []
        return numbers


@cache
def word_table() -> WordTable:
    """Return the table; it is read once a process."""
    with np.load(TABLE) as stored:
        pieces = stored["pieces"].tobytes().decode().split("\n")
        return WordTable(pieces, stored["values"], stored["scales"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the featurizer."""

    share: float = 0.4
    """Weight beside the n-grams; 0: it is left out."""


class StaticEmbeddingFeaturizer(DenseFeaturizer):
    """Gives the weighed mean of the embeddings of a message's English words."""

    def __init__(self, options: Options) -> None:
        self._table = word_table() if options.share else None
        width = self._table.width if self._table else 0
        super().__init__(width=width, share=options.share)

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Nothing is learned; the table stays as it is."""
        built = cls(_options(config))
        if built.width:
            lesson.summary.append(f"{config.name}: what English words mean, from a table")
        return built

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Read the table again; it is not part of what was trained."""
        del parts, surroundings
        return cls(_options(config))

    def save(self) -> Parts:
        """There is nothing to keep."""
        return {}

    def features(self, messages: Sequence[Message]) -> Floats:
        """Return one row a message."""
        assert self._table is not None
        return unit_rows(np.stack([self._table.embedding(one.text) for one in messages]))


def _options(config: ComponentConfig) -> Options:
    options = read_options(config, Options)
    if options.share:
        checked_share(config, options.share)
    return options
