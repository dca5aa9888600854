"""The training examples as learners see them, worked out once and only when asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.featurizers.space import FeatureSpace, Matrix, PatternLists
from kefu.nlu.message import Token
from kefu.nlu.text import unspaced_share
from kefu.project.nlu_data import Example, NluData

__all__ = ["Corpus"]

UNSPACED_FROM = 0.3
"""From this share of Chinese letters on, a project's texts are treated as Chinese."""


class Corpus:
    """The examples of a project with their tokens and vectors."""

    def __init__(
        self,
        data: NluData,
        *,
        tokenize: Callable[[str], list[Token]],
        options: FeatureOptions | None = None,
    ) -> None:
        self.examples: tuple[Example, ...] = tuple(e for e in data.examples if e.text)
        self._tokenize = tokenize
        self._options = options or FeatureOptions()
        self._patterns = PatternLists((), {})
        if self._options.patterns:
            self._patterns = PatternLists(data.regexes, data.lookups)

    @cached_property
    def texts(self) -> list[str]:
        """Texts of the examples."""
        return [example.text for example in self.examples]

    @cached_property
    def tokens(self) -> list[list[Token]]:
        """Words of the examples."""
        return [self._tokenize(text) for text in self.texts]

    @cached_property
    def is_unspaced(self) -> bool:
        """Whether the examples are mostly in a script written without spaces."""
        return unspaced_share(self.texts) >= UNSPACED_FROM

    @property
    def space(self) -> FeatureSpace:
        """The n-grams of the examples."""
        return self._space_and_matrix[0]

    @property
    def matrix(self) -> Matrix:
        """Vectors of the examples."""
        return self._space_and_matrix[1]

    @cached_property
    def _space_and_matrix(self) -> tuple[FeatureSpace, Matrix]:
        tokens = self.tokens if self.is_unspaced else [[] for _ in self.texts]
        return FeatureSpace.fit(
            self.texts,
            tokens,
            unspaced=self.is_unspaced,
            options=self._options,
            patterns=self._patterns,
        )
