"""Facts about writing systems, and the one normal form that learners see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from kefu.nlu.traditional import simplified

__all__ = [
    "MARKS",
    "UNSPACED",
    "fold",
    "has_unspaced",
    "is_unspaced_char",
    "normalise",
    "unspaced_share",
    "without_surrogates",
]

UNSPACED = (
    "\u0e00-\u0eff\u1780-\u17ff"  # Thai, Lao, Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Ranges of characters, for a regular expression's class, of scripts written without spaces."""

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0963"
    "\u0981-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f"
)
"""Signs that are part of the word before them, though ``\\w`` does not match them."""

_UNSPACED_CHAR = re.compile(f"[{UNSPACED}]")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_SPACES = re.compile(r"\s+")


def has_unspaced(text: str) -> bool:
    """Whether the text contains a character of a script written without spaces."""
    return not text.isascii() and _UNSPACED_CHAR.search(text) is not None


def is_unspaced_char(char: str) -> bool:
    """Whether the character belongs to a script written without spaces."""
    return _UNSPACED_CHAR.match(char) is not None


def unspaced_share(texts: Iterable[str]) -> float:
    """Return which part of all letters belongs to scripts written without spaces."""
    counts = [_letters(text) for text in texts]
    letters = sum(all_of_them for all_of_them, _ in counts)
    return sum(unspaced for _, unspaced in counts) / letters if letters else 0.0


@lru_cache(maxsize=100_000)
def _letters(text: str) -> tuple[int, int]:
    """Return how many letters there are, and how many of them in scripts without spaces."""
    unspaced = 0 if text.isascii() else len(_UNSPACED_CHAR.findall(text))
    return len(_LETTER.findall(text)), unspaced


def normalise(text: str, *, lowercase: bool = True) -> str:
    """Fold full-width forms, traditional characters and letter case.

    Every digit becomes 0, every white space one blank.
    """
    if not text.isascii():
        text = simplified(unicodedata.normalize("NFKC", text))
    if lowercase:
        text = text.lower()
    return _SPACES.sub(" ", _DIGIT.sub("0", text)).strip()


def without_surrogates(text: str) -> str:
    """Replace halves of characters, which JSON can carry and UTF-8 cannot; nothing moves."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


_SURROGATE = re.compile("[\ud800-\udfff]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DIGITS = str.maketrans("123456789", "000000000")


def fold(text: str) -> str:
    """Fold letter case, full-width forms, traditional characters and digits; nothing moves."""
    if not text.isascii():
        text = simplified(text.translate(_FULL_WIDTH))
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_DIGITS)
