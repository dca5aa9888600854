r"""Finding many given words in a text at once, with Rasa's idea of word edges and a better one.

Rasa surrounds a word by ``\b``. Between two Chinese characters there is never such an edge, so
that 你好 is not found in 你好啊. Here an end of a word that is itself a character of an unspaced
script needs no edge; ends made of letters or digits of spaced scripts keep the ``\b``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kefu.nlu.text import is_unspaced_char

__all__ = ["WordFinder", "fold_case", "is_edge"]


def is_edge(text: str, position: int) -> bool:
    r"""Whether ``\b`` would match at ``position``."""
    before = position > 0 and _is_word_char(text[position - 1])
    behind = position < len(text) and _is_word_char(text[position])
    return before != behind


def fold_case(text: str) -> str:
    """Lower-case a text without moving any position in it."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


class WordFinder:
    """Finds words of a list; independent of how many there are."""

    def __init__(self, words: Sequence[str], *, case_sensitive: bool = False) -> None:
        from ahocorasick_rs import AhoCorasick, MatchKind  # noqa: PLC0415

        self._fold = str if case_sensitive else fold_case
        self._words = [self._fold(word) for word in words]
        self._automaton = (
            AhoCorasick(self._words, matchkind=MatchKind.Standard) if self._words else None
        )

    def all_matches(self, text: str) -> list[tuple[int, int, int]]:
        """Return (word number, start, end) of every occurrence, overlapping ones too."""
        if self._automaton is None:
            return []
        matches: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(
            self._fold(text), overlapping=True
        )
        return matches

    def with_edges(self, text: str, *, relaxed: bool) -> Iterator[tuple[int, int, int]]:
        """Yield the occurrences that stand between word edges.

        Args:
            text: The text to search.
            relaxed: Ends of unspaced scripts need no edge.
        """
        for number, start, end in self.all_matches(text):
            free_start = relaxed and is_unspaced_char(text[start])
            free_end = relaxed and is_unspaced_char(text[end - 1])
            if (free_start or is_edge(text, start)) and (free_end or is_edge(text, end)):
                yield number, start, end

    def leftmost_first(self, text: str, *, word_boundaries: bool) -> Iterator[tuple[int, int, int]]:
        """Yield non-overlapping occurrences; of those at one place the first in the list wins."""
        found = self.with_edges(text, relaxed=True) if word_boundaries else self.all_matches(text)
        position = 0
        for number, start, end in sorted(found, key=lambda match: (match[1], match[0])):
            if start >= position:
                yield number, start, end
                position = end


def _is_word_char(char: str) -> bool:
    return char.isalnum() or char == "_"


LITERAL = re.compile(r"[^\\.^$*+?{}\[\]|()]+")
"""Matches texts that mean themselves when used as a regular expression."""
