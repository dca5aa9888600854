"""Words of a text, whatever its script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kefu.nlu.text import MARKS, UNSPACED, has_unspaced
from kefu.nlu.tokens import Token
from kefu.nlu.traditional import simplified

__all__ = ["Segmenter", "chinese_words", "segment", "split_by_script"]

Segmenter = Callable[[str], list[tuple[str, int, int]]]
"""Splits a text without gaps into (word, start, end)."""

_WORD = re.compile(rf"[\w{MARKS}]+|[^\w\s]")
_RUN = re.compile(f"[{UNSPACED}]+|[^{UNSPACED}]+")


def chinese_words(text: str) -> list[tuple[str, int, int]]:
    """Split text without gaps; the dictionary is loaded with the first call."""
    import rjieba

    words: list[tuple[str, int, int]] = rjieba.tokenize(simplified(text))
    return [(text[start:end], start, end) for _, start, end in words]


def segment(text: str) -> list[Token]:
    """Split a text at white space and punctuation, and unspaced scripts into dictionary words."""
    tokens: list[Token] = []
    for match in _WORD.finditer(text):
        word, start = match.group(), match.start()
        if has_unspaced(word):
            tokens.extend(split_by_script(word, start, chinese_words))
        else:
            tokens.append(Token(word, start, match.end()))
    return tokens


def split_by_script(word: str, offset: int, segmenter: Segmenter) -> Iterator[Token]:
    """Split a word into runs of one script, and runs of unspaced scripts into words."""
    for run in _RUN.finditer(word):
        start = offset + run.start()
        if not has_unspaced(run.group()):
            yield Token(run.group(), start, offset + run.end())
            continue
        for part, part_start, part_end in segmenter(run.group()):
            yield Token(part, start + part_start, start + part_end)
