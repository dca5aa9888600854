"""The training examples as learners see them, worked out once and only when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.featurizers.space import FeatureSpace, Floats, Matrix, PatternLists, Vector
from kefu.nlu.label_texts import label_texts
from kefu.nlu.text import normalise, unspaced_share
from kefu.nlu.tokens import Token
from kefu.project.nlu_data import Example, NluData

__all__ = ["Corpus"]

_WORD = re.compile(r"[^\W\d_]+")
Guess: TypeAlias = Callable[
    [Matrix, Sequence[str], Sequence[str], Callable[[str], Vector]], list[tuple[str, str]]
]
"""Vectors and labels of examples, messages and what gives their vectors -> (label, message)."""
UNSPACED_FROM = 0.3
"""From this share of Chinese letters on, a project's texts are treated as Chinese."""


class Corpus:
    """The examples of a project with their tokens and vectors."""

    def __init__(
        self,
        data: NluData,
        *,
        tokenize: Callable[[str], list[Token]],
        dense: Callable[[Sequence[str]], Floats] | None = None,
        options: FeatureOptions | None = None,
        guess: Guess | None = None,
    ) -> None:
        """Take the data, and what reads texts.

        Args:
            data: The examples, and messages without labels.
            tokenize: Splits a text into words.
            dense: Gives features of texts from elsewhere.
            options: Which n-grams count.
            guess: Labels messages without labels; None: they are left alone.
        """
        self._data = data
        self._guess = guess
        self.examples: tuple[Example, ...] = tuple(e for e in data.examples if e.text)
        self.tokenize = tokenize
        self._dense = dense
        self.options = options or FeatureOptions()
        self._patterns = PatternLists((), {})
        if self.options.patterns:
            self._patterns = PatternLists(data.regexes, data.lookups)

    @cached_property
    def texts(self) -> list[str]:
        """Texts of the examples."""
        return [example.text for example in self.examples]

    @cached_property
    def tokens(self) -> list[list[Token]]:
        """Words of the examples."""
        return [self.tokenize(text) for text in self.texts]

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
        """Vectors of the examples, behind them those of :attr:`label_texts` and of the guesses."""
        return self._space_and_matrix[1]

    @cached_property
    def label_texts(self) -> list[tuple[str, str]]:
        """Names of intents and answers that read like examples: (label, text)."""
        labels = {e.intent for e in self.examples if e.intent}
        labels |= {e.full_intent for e in self.examples if e.intent and e.full_intent}
        words = {word.lower() for text in self.texts for word in _WORD.findall(text)}
        return label_texts(sorted(labels), words=words, unspaced=self.is_unspaced)

    @cached_property
    def guesses(self) -> list[tuple[str, str]]:
        """Unlabelled messages whose meaning could be guessed: (intent or answer, message)."""
        seen = {normalise(text) for text in self.texts}
        messages = [text for text in self._data.unlabeled if normalise(text) not in seen]
        if not messages or self._guess is None:
            return []
        known = Corpus(
            replace(self._data, unlabeled=()),
            tokenize=self.tokenize,
            dense=self._dense,
            options=self.options,
        )
        rows, _, labels = known.rows([example.full_intent for example in known.examples])
        matrix = known.matrix.rows(np.array(rows, np.intp))
        return self._guess(matrix, labels, messages, known.vector)

    def vector(self, text: str) -> Vector:
        """Return the features of another text, as far as the examples have them."""
        vector = self.space.vector(text, self.tokenize(text) if self.is_unspaced else [])
        return vector if self._dense is None else replace(vector, dense=self._dense([text])[0])

    def rows(self, labels: Sequence[str | None]) -> tuple[list[int], list[str], list[str]]:
        """Return what a classifier learns from, given a label or None for each example.

        Returns:
            Rows of :attr:`matrix`, their texts and their labels; the rows of examples come
            first, those of label texts behind.
        """
        rows = [row for row, label in enumerate(labels) if label]
        known = {label for label in labels if label}
        names = [
            (len(self.examples) + number, text, label)
            for number, (label, text) in enumerate(self.label_texts)
            if label in known
        ]
        return (
            rows + [row for row, _, _ in names],
            [self.texts[row] for row in rows] + [text for _, text, _ in names],
            [str(labels[row]) for row in rows] + [label for _, _, label in names],
        )

    def guessed_rows(self) -> tuple[list[int], list[str], list[str]]:
        """Return rows of :attr:`matrix` of the guesses, their texts and their labels."""
        first = len(self.examples) + len(self.label_texts)
        rows = list(range(first, first + len(self.guesses)))
        return rows, [text for _, text in self.guesses], [label for label, _ in self.guesses]

    @cached_property
    def _space_and_matrix(self) -> tuple[FeatureSpace, Matrix]:
        further = [text for _, text in self.label_texts + self.guesses]
        texts = self.texts + further
        tokens: list[list[Token]] = [[] for _ in texts]
        if self.is_unspaced:
            tokens = self.tokens + [self.tokenize(text) for text in further]
        space, matrix = FeatureSpace.fit(
            texts,
            tokens,
            unspaced=self.is_unspaced,
            options=self.options,
            patterns=self._patterns,
        )
        if self._dense is not None:
            matrix = replace(matrix, dense=self._dense(texts))
        return space, matrix
