"""What the index counts: characters and pairs of them, words, numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from kefu.nlu.text import UNSPACED
from kefu.nlu.traditional import simplified
from kefu.nlu.words import WordFinder

__all__ = ["LONGEST_TEXT", "Kind", "Synonyms", "kind_of", "terms_of"]

Kind: TypeAlias = Literal["character", "pair", "word"]

LONGEST_TEXT: Final = 400
"""So many characters of a question are looked at: a longer one is not one question."""

FUNCTION_CHARACTERS: Final = frozenset(
    "的了吗呢吧啊呀哦嘛么我你您他她它们是在就都也还以怎什为这那哪请问着之其而且或与和及把被让很太"
    "咋啥嗯哈啦要想能得个给"
)
"""Stand in nearly every question and say nothing about what it asks for."""
_FUNCTION_WORDS: Final = """
a an the is are am be was do does did i you he she it we they my your me us of to in on at for
and or can could will would should may might please how what when where which who why there
this that with have has get if so any some hi hello
"""
FUNCTION_WORDS: Final = frozenset(_FUNCTION_WORDS.split())
_PIECE: Final = re.compile(rf"[{UNSPACED}]+|[a-z][a-z'&+-]*|\d+(?:\.\d+)?")
_UNSPACED: Final = re.compile(rf"[{UNSPACED}]")
_ASKING: Final = re.compile(
    r"多少|多久|多长时间|多大|怎么[办样]|咋[办样]|哪[里儿些]|什么时候|啥时候|为什么|为啥|是不是|能不能"
    r"|可不可以|要不要|有没有|行不行|会不会"
)
"""Words that ask, without saying what for."""
_NUMERAL: Final = re.compile(
    r"(?<=双)十[一二]?|[一二两三四五六七八九十百]+(?=[天日年月周个小分钟元块折次件张级倍公克斤岁期])"
)
_DIGITS: Final = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}


def terms_of(text: str) -> list[str]:
    """Return the terms of a text in their order, repeated as often as they stand there."""
    return list(_terms(_normal(text)))


def kind_of(term: str) -> Kind:
    """Return what a term is."""
    if not _UNSPACED.match(term):
        return "word"
    return "character" if len(term) == 1 else "pair"


class Synonyms:
    """Words of customers and those that articles use in their place."""

    def __init__(self, synonyms: Mapping[str, str]) -> None:
        self.table = dict(synonyms)
        pairs = sorted((_normal(v).strip(), _normal(value)) for v, value in synonyms.items())
        self._pairs = [(variant, value) for variant, value in pairs if variant and value != variant]
        self._finder = WordFinder([variant for variant, _ in self._pairs])

    def meant_by(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield (variant, value) for each variant that stands in the text, each once."""
        folded = _normal(text)
        found = {number for number, _, _ in self._finder.with_edges(folded, relaxed=True)}
        for number in sorted(found):
            yield self._pairs[number]

    def terms_for(self, text: str, known: Iterable[str]) -> dict[str, str]:
        """Return terms that the text only has by synonyms -> the variant that stands there."""
        present = set(known)
        added: dict[str, str] = {}
        for variant, value in self.meant_by(text):
            for term in terms_of(value):
                if term not in present:
                    added.setdefault(term, variant)
        return added


def _normal(text: str) -> str:
    if not text.isascii():
        text = simplified(unicodedata.normalize("NFKC", text))
    text = _ASKING.sub(" ", text.lower())
    return _NUMERAL.sub(lambda match: _number(match[0]), text)


def _number(numeral: str) -> str:
    """Return a Chinese numeral below 1000 in digits."""
    total = digit = 0
    for char in numeral:
        if char in "十百":
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[char]
    return str(total + digit)


def _terms(text: str) -> Iterator[str]:
    for match in _PIECE.finditer(text):
        piece = match[0]
        if _UNSPACED.match(piece):
            yield from _characters_and_pairs(piece)
        elif piece[0].isdigit():
            yield piece
        elif piece not in FUNCTION_WORDS:
            yield _stem(piece)


def _characters_and_pairs(piece: str) -> Iterator[str]:
    before = ""
    for char in piece:
        if char in FUNCTION_CHARACTERS:
            before = ""
            continue
        yield char
        if before:
            yield before + char
        before = char


def _stem(word: str) -> str:
    """Cut the commonest endings of English words."""
    word = word.strip("'&+-") or word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + instead
    return word


_ENDINGS: Final = (
    ("'s", ""), ("ies", "y"), ("sses", "ss"), ("ments", ""), ("ment", ""), ("ing", ""), ("ed", ""),
    ("es", ""), ("s", ""), ("ly", ""), ("e", ""),
)  # fmt: skip
