"""The training examples as learners see them, worked out once and only when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from kefu.nlu.featurizers.options import FeatureOptions
from kefu.nlu.featurizers.space import FeatureSpace, Floats, Matrix, Vector
from kefu.nlu.label_texts import label_texts
from kefu.nlu.patterns import NO_PATTERNS, PatternLists, told_apart
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
        before: Corpus | None = None,
    ) -> None:
        """Take the data, and what reads texts.

        Args:
            data: The examples, and messages without labels.
            tokenize: Splits a text into words.
            dense: Gives features of texts from elsewhere.
            options: Which n-grams count.
            guess: Labels messages without labels; None: they are left alone.
            before: The corpus of former data, read in the same manner: what it knows of a text
                is not worked out again, its n-grams keep their numbers, its guesses stand.
        """
        self._data = data
        self._guess = guess
        self.examples: tuple[Example, ...] = tuple(e for e in data.examples if e.text)
        self.tokenize = tokenize
        self._dense = dense
        self.options = options or FeatureOptions()
        self.lists = PatternLists(data.regexes, data.lookups)
        self._patterns = self.lists if self.options.patterns else NO_PATTERNS
        self._before = before if before is not None and self._goes_on(before) else None
        self._known_tokens = before.known_tokens if before is not None else {}

    def _goes_on(self, before: Corpus) -> bool:
        """Whether the vectors of a former corpus are those that texts have in this one.

        But for regexes and listed words that are others now; see :attr:`relisted`.
        """
        return (
            self.options == before.options
            and self.options.min_examples == 1
            and bool(self._patterns) == bool(before._patterns)
            and (self._dense is None) == (before._dense is None)
            and self.is_unspaced == before.is_unspaced
        )

    @property
    def is_grown(self) -> bool:
        """Whether the vectors of the former corpus are among those of this one."""
        return self._before is not None

    @cached_property
    def relisted(self) -> frozenset[str]:
        """Texts in which a regex or a listed word occurs that is new, or is gone."""
        before = self._before
        if before is None:
            return frozenset()
        return told_apart(before.lists, self.lists, self.all_texts)

    @property
    def known_tokens(self) -> dict[str, list[Token]]:
        """The words of texts that were read before, and of the examples."""
        return self._known_tokens | self._tokens_of

    @cached_property
    def all_texts(self) -> list[str]:
        """A text for each row of :attr:`matrix`."""
        return self.texts + [text for _, text in self.label_texts + self.guesses]

    @cached_property
    def texts(self) -> list[str]:
        """Texts of the examples."""
        return [example.text for example in self.examples]

    @cached_property
    def tokens(self) -> list[list[Token]]:
        """Words of the examples."""
        known = self._known_tokens
        return [known.get(text) or self.tokenize(text) for text in self.texts]

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
        if not self._data.unlabeled:
            return []
        seen = {normalise(text) for text in self.texts}
        messages = [text for text in self._data.unlabeled if normalise(text) not in seen]
        if self._before is not None:
            meant, asked = {example.full_intent for example in self.examples}, set(messages)
            return [one for one in self._before.guesses if one[0] in meant and one[1] in asked]
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
        vector = self.space.vector(text, self._read(text))
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
        if self._before is not None:
            return self._grown(self._before)
        texts = self.all_texts
        space, matrix = FeatureSpace.fit(
            texts,
            [self._read(text) for text in texts],
            unspaced=self.is_unspaced,
            options=self.options,
            patterns=self._patterns,
        )
        if self._dense is not None:
            matrix = replace(matrix, dense=self._dense(texts))
        return space, matrix

    def _grown(self, before: Corpus) -> tuple[FeatureSpace, Matrix]:
        """Return the former vectors of known texts, and those of the others behind them."""
        old_row = {text: row for row, text in enumerate(before.all_texts)}
        texts = self.all_texts
        again = self.relisted if self._patterns else ()
        new = list(dict.fromkeys(t for t in texts if t not in old_row or t in again))
        read = [(text, self._read(text)) for text in new]
        space = before.space.extended(read, len(texts), self._patterns)
        vectors = [space.vector(text, tokens) for text, tokens in read]
        if self._dense is not None and new:
            dense = self._dense(new)
            vectors = [replace(v, dense=row) for v, row in zip(vectors, dense, strict=True)]
        rows = before.matrix.widened(space.width)
        old_row |= {text: rows.height + number for number, text in enumerate(new)}
        if vectors:
            rows = rows.with_rows(vectors)
        return space, rows.rows(np.array([old_row[text] for text in texts], np.intp))

    def forget(self) -> None:
        """Let go of the former corpus, once nothing more is asked for that it is needed for."""
        _ = self.matrix, self.guesses, self.relisted
        self._before = None

    def _read(self, text: str) -> list[Token]:
        """Return the words of a text where vectors are made of them."""
        if not self.is_unspaced:
            return []
        found = self._tokens_of.get(text) or self._known_tokens.get(text) or self.tokenize(text)
        self._known_tokens[text] = found
        return found

    @cached_property
    def _tokens_of(self) -> dict[str, list[Token]]:
        return dict(zip(self.texts, self.tokens, strict=True))
