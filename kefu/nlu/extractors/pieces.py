"""Texts as the entity learner reads them: characters of unspaced scripts, words of others."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kefu.nlu.text import MARKS, UNSPACED, fold
from kefu.nlu.tokens import Token
from kefu.project.nlu_data import EntityAnnotation

__all__ = ["Pieces", "Span", "split_pieces"]

_PIECE = re.compile(rf"[{UNSPACED}]|(?:[^\W\d_{UNSPACED}][{MARKS}]*)+|\d+|\S")


@dataclass(frozen=True, slots=True)
class Span:
    """Pieces from ``first`` up to, not including, ``behind``."""

    first: int
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A text cut into pieces."""

    text: str
    folded: str
    """The text without letter case and with 0 for every digit."""
    names: list[str]
    """The folded pieces."""
    starts: list[int]
    ends: list[int]
    words: list[str]
    """For each piece the dictionary word around it, where the text is in an unspaced script."""
    places: list[str]
    """For each piece its place in that word: B, M, E or S."""

    def span(self, start: int, end: int) -> Span | None:
        """Return the pieces between two positions; None where a piece would have to be cut."""
        first = bisect.bisect_left(self.starts, start)
        last = bisect.bisect_left(self.ends, end)
        if first > last or last == len(self.ends):
            return None
        fits = self.starts[first] == start and self.ends[last] == end
        return Span(first, last + 1) if fits else None

    def annotated(
        self, entities: Sequence[EntityAnnotation]
    ) -> list[tuple[Span, EntityAnnotation]]:
        """Return annotations with their spans, left to right; those that do not fit are left out.

        Left out are those that begin or end inside a piece or overlap an earlier one.
        """
        found: list[tuple[Span, EntityAnnotation]] = []
        behind = 0
        for entity in sorted(entities, key=lambda e: (e.start, -e.end)):
            span = self.span(entity.start, entity.end)
            if span is not None and span.first >= behind:
                found.append((span, entity))
                behind = span.behind
        return found


def split_pieces(text: str, tokens: Sequence[Token] | None) -> Pieces:
    """Cut a text; ``tokens`` are its dictionary words, None where there are none."""
    folded = fold(text)
    matches = list(_PIECE.finditer(folded))
    starts = [match.start() for match in matches]
    ends = [match.end() for match in matches]
    words: list[str] = []
    places: list[str] = []
    if tokens is not None:
        words, places = _words_around(folded, starts, ends, tokens)
    return Pieces(
        text=text,
        folded=folded,
        names=[match.group() for match in matches],
        starts=starts,
        ends=ends,
        words=words,
        places=places,
    )


def _words_around(
    folded: str, starts: list[int], ends: list[int], tokens: Sequence[Token]
) -> tuple[list[str], list[str]]:
    words, places = [], []
    number = 0
    for start, end in zip(starts, ends, strict=True):
        while number < len(tokens) and tokens[number].end <= start:
            number += 1
        if number == len(tokens) or tokens[number].start > start:
            words.append(folded[start:end])
            places.append("S")
            continue
        token = tokens[number]
        words.append(folded[token.start : token.end])
        opens, closes = start == token.start, end >= token.end
        places.append("S" if opens and closes else "B" if opens else "E" if closes else "M")
    return words, places
