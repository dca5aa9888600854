"""The pieces of a text that learners count, one list of pieces a block."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence

from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.patterns import PatternNames
from kefu.nlu.text import MARKS, normalise
from kefu.nlu.tokens import Token

__all__ = ["GramSplitter", "Shares"]

Shares = tuple[float, ...]
"""Weight of each block; they add up to 1."""

_WORD = re.compile(rf"[\w{MARKS}]+|[^\w\s]")
PATTERN_SHARE = 0.1
_START, _END = "<s>", "</s>"


class GramSplitter:
    """Splits texts into character and word n-grams, by the script of the training data.

    Measured on public sets: Chinese wants characters 1-2 with few words beside them and no
    rarity weights, spaced languages want pieces of words 2-4, words 1-2 and rarity weights.
    """

    def __init__(
        self, *, unspaced: bool, options: FeatureOptions, patterns: PatternNames | None = None
    ) -> None:
        self._patterns = patterns
        self._oov_token = options.oov_token
        self._oov_words = frozenset(options.oov_words)
        self.unspaced = unspaced
        self._lowercase = options.lowercase
        self._strip_accents = options.strip_accents
        self._stop_words = frozenset(options.stop_words)
        shares: Shares = (0.9, 0.1) if unspaced else (0.7, 0.3)
        if patterns is not None:
            shares = (*(share * (1 - PATTERN_SHARE) for share in shares), PATTERN_SHARE)
        self.shares = shares
        self.weigh_by_rarity = not unspaced
        self._split: Callable[[str, Sequence[Token]], list[list[str]]] = (
            self._split_unspaced if unspaced else self._split_spaced
        )

    def split(self, text: str, tokens: Sequence[Token]) -> list[list[str]]:
        """Return the grams of each block; ``tokens`` are read for unspaced scripts only."""
        grams = self._split(text, tokens)
        if self._patterns is not None:
            grams.append(self._patterns.names(text))
        return grams

    def clean(self, text: str) -> str:
        """Return the text as the grams show it."""
        text = normalise(text, lowercase=self._lowercase)
        if self._strip_accents and not text.isascii():
            decomposed = unicodedata.normalize("NFD", text)
            text = "".join(c for c in decomposed if not unicodedata.combining(c))
        return text

    def words(self, text: str, tokens: Sequence[Token]) -> list[str]:
        """Return the words that the second block is made of."""
        if not self.unspaced:
            return self._chosen(_WORD.findall(self.clean(text)))
        return self._chosen([word for token in tokens if (word := self.clean(token.text))])

    def _chosen(self, words: list[str]) -> list[str]:
        if self._stop_words:
            words = [word for word in words if word.lower() not in self._stop_words]
        if self._oov_token and self._oov_words:
            words = [self._oov_token if w.lower() in self._oov_words else w for w in words]
        return words

    def _split_unspaced(self, text: str, tokens: Sequence[Token]) -> list[list[str]]:
        chars = f"^{self.clean(text)}$"
        grams = list(chars[1:-1])
        grams += [chars[i : i + 2] for i in range(len(chars) - 1)]
        return [grams, _word_grams(self.words(text, tokens))]

    def _split_spaced(self, text: str, tokens: Sequence[Token]) -> list[list[str]]:
        grams: list[str] = []
        for chunk in self.clean(text).split():
            padded = f" {chunk} "
            length = len(padded)
            for size in (2, 3, 4):
                grams += [padded[i : i + size] for i in range(max(1, length - size + 1))]
        return [grams, _word_grams(self.words(text, tokens))]


def _word_grams(words: list[str]) -> list[str]:
    bounded = [_START, *words, _END]
    return words + [f"{a} {b}" for a, b in itertools.pairwise(bounded)]
