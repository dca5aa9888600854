"""Texts and queries as terms: what a search index holds, so that parts of Chinese words are found.

Scripts that put no spaces between words give, at every place, the character with the next one
(``退款单`` gives ``退款 款单 单``); digits the next four (``12345`` gives ``1234 2345 345 45 5``);
other letters whole words. Terms stand in the text's order, so a part of a text is a phrase: terms
one behind the other. A part too short for a whole term is the beginning of one.

Width, case and compatibility forms make no difference (NFKC, case-folded); punctuation, emoji and
spaces are no terms, and separate runs of characters that would otherwise be one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

__all__ = ["MOST_TERMS", "Folded", "Phrase", "Term", "folded", "phrase_of", "ranges_of", "terms_of"]

MOST_TERMS: Final = 8_000
"""Terms of one text; what stands behind them is not found. PostgreSQL counts places to 16,383."""

_LONGEST_WORD: Final = 64
_CHARACTERS: Final = 2
_DIGITS: Final = 4
# Thai, Lao, Burmese, Khmer; ideographs, kana, bopomofo, hangul.
_SPACELESS: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN: Final = re.compile(rf"([{_SPACELESS}]+)|([0-9]+)|([^\W_0-9{_SPACELESS}]+)")
_MARK: Final = re.compile(r".[\u0300-\u036f\u3099\u309a]*", re.DOTALL)
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0x2026: 0x2E,
}
"""Full-width forms and the ellipsis, which nearly every Chinese text holds, one for one."""


class Term(NamedTuple):
    """A term and its place in the folded text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in which width, case and compatibility forms make no difference any more."""

    text: str
    origins: Sequence[int] | None = None
    """Place of each character, and of the end, in the original; None: the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of this text is in the original: characters are not cut."""
        origins = self.origins
        if origins is None:
            return start, end
        while origins[end] == origins[end - 1]:  # in the midst of what one character became
            end += 1
        return origins[start], origins[end]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms one behind the other."""

    terms: tuple[str, ...]
    is_prefix: bool = False
    """Whether the last one is only the beginning of a term."""


def folded(text: str) -> Folded:
    """Return ``text`` without differences of width, case and compatibility forms."""
    plain = text.translate(_WIDE)
    if unicodedata.is_normalized("NFKC", plain):
        lower = plain.casefold()
        if len(lower) == len(text):
            return Folded(lower)
    pieces: list[str] = []
    origins: list[int] = []
    for match in _MARK.finditer(plain):
        piece = unicodedata.normalize("NFKC", match[0]).casefold()
        pieces.append(piece)
        origins += [match.start()] * len(piece)
    return Folded("".join(pieces), [*origins, len(text)])


def terms_of(text: str) -> list[Term]:
    """Return the terms of a folded text, at most :data:`MOST_TERMS`."""
    found: list[Term] = []
    for match in _RUN.finditer(text):
        start, end = match.span()
        if match.lastindex == 3:
            found.append(Term(match[0][:_LONGEST_WORD], start, end))
        else:
            width = _CHARACTERS if match.lastindex == 1 else _DIGITS
            run = match[0]
            found += [
                Term(run[i : i + width], start + i, min(start + i + width, end))
                for i in range(len(run))
            ]
        if len(found) >= MOST_TERMS:
            return found[:MOST_TERMS]
    return found


def phrase_of(text: str, *, is_whole: bool = False) -> Phrase | None:
    """Return what finds ``text`` as a part of other texts; None when it holds no term.

    Args:
        text: What is looked for.
        is_whole: Whether a word at its end has to end there in the texts, too.
    """
    runs = list(_RUN.finditer(folded(text).text))
    if not runs:
        return None
    terms = [term.text for run in runs[:-1] for term in terms_of(run[0])]
    last, kind = runs[-1][0], runs[-1].lastindex
    if kind == 3:
        return Phrase((*terms, last[:_LONGEST_WORD]), is_prefix=not is_whole)
    width = _CHARACTERS if kind == 1 else _DIGITS
    if len(last) < width:
        return Phrase((*terms, last), is_prefix=True)
    grams = (last[i : i + width] for i in range(len(last) - width + 1))
    return Phrase((*terms, *grams))


def ranges_of(phrase: Phrase, text: Folded, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Yield where ``phrase`` stands in a text: places in the original, end excluded."""
    wanted, length = phrase.terms, len(phrase.terms)
    last = wanted[-1]
    for place in range(len(terms) - length + 1):
        ending = terms[place + length - 1]
        fits = ending.text.startswith(last) if phrase.is_prefix else ending.text == last
        if fits and all(terms[place + i].text == wanted[i] for i in range(length - 1)):
            yield text.span(terms[place].start, ending.start + len(last))
