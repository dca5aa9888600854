"""Finds sensitive words (敏感词) in a text, all at once (Aho and Corasick, 1975).

Texts and words are compared without regard to width, case and characters that cannot be seen, so
that ｖＸ, ``vx`` and ``v`` + zero-width space + ``x`` are the same. A word that begins or ends with
a Latin letter is not found inside a longer one, nor a number inside a longer number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

__all__ = ["Action", "Hit", "Side", "Watched", "Watchwords", "folded", "masked", "severest"]

Action: TypeAlias = Literal["warn", "mask", "block"]
Side: TypeAlias = Literal["agent", "customer"]

_SEVERITY: Final[dict[Action, int]] = {"warn": 0, "mask": 1, "block": 2}
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Me", "Zl", "Zp"})
_DECORATIONS: Final = frozenset({1, 202, 220, 230})
"""Classes of marks through, below and above; what belongs to a letter became one with it before."""
_LAYOUT: Final = frozenset("\n\r\t")
_VARIATIONS: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x34F)))
_STAR: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A word that is looked for."""

    word: str
    action: Action
    sides: frozenset[Side]
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where a word stands in a text."""

    start: int
    """In characters (code points) of the text as it was given."""
    end: int
    """Behind the last."""
    word: str
    """As it was written down by whoever keeps the words."""
    action: Action
    category: str = ""


class Watchwords:
    """A set of words, made ready once and asked often."""

    def __init__(self, words: Iterable[Watched]) -> None:
        from ahocorasick_rs import AhoCorasick, MatchKind  # noqa: PLC0415 - when there are words

        by_form: dict[str, list[Watched]] = {}
        for word in words:
            form = folded(word.word)
            if form:
                by_form.setdefault(form, []).append(word)
        self._meant = list(by_form.values())
        self._automaton: Any = (
            AhoCorasick(list(by_form), matchkind=MatchKind.Standard) if by_form else None
        )

    def check(self, text: str, side: Side) -> list[Hit]:
        """Return the hits in a text of one side, in its order.

        A hit inside a longer one is left out, unless it asks for something more severe.
        """
        if self._automaton is None or not text:
            return []
        form, places = _folded(text)
        found = [
            Hit(
                start=places[start][0],
                end=places[end - 1][1],
                word=word.word,
                action=word.action,
                category=word.category,
            )
            for number, start, end in self._automaton.find_matches_as_indexes(
                form, overlapping=True
            )
            if _stands_alone(form, start, end)
            for word in self._meant[number]
            if side in word.sides
        ]
        return _without_inner(found)


def _without_inner(found: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    reach: dict[int, int] = dict.fromkeys(_SEVERITY.values(), -1)
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end, -_SEVERITY[hit.action])):
        severity = _SEVERITY[hit.action]
        if all(hit.end > end for level, end in reach.items() if level >= severity):
            kept.append(hit)
            reach[severity] = hit.end
    return kept


def severest(hits: Sequence[Hit]) -> Action | None:
    """Return the most severe thing that hits ask for; None: nothing."""
    return max((hit.action for hit in hits), key=_SEVERITY.__getitem__, default=None)


def masked(text: str, hits: Iterable[Hit]) -> str:
    """Return a text with a star for each character that is to be masked."""
    shown = list(text)
    for hit in hits:
        if hit.action == "mask":
            shown[hit.start : hit.end] = _STAR * (hit.end - hit.start)
    return "".join(shown)


def folded(text: str) -> str:
    """Return a text in the form that is compared; empty: nothing of it can be seen."""
    return _folded(text)[0].strip()


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the compared form, and for each of its characters where it stands in the text."""
    if text.isascii() and text.isprintable():
        return text.lower(), [(place, place + 1) for place in range(len(text))]
    form: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = _form_of(text[start:end])
        form.append(piece)
        places.extend([(start, end)] * len(piece))
    return "".join(form), places


def _clusters(text: str) -> Iterable[tuple[int, int]]:
    """Yield each character together with the marks on it, without what cannot be seen."""
    start = -1
    end = -1
    for place, character in enumerate(text):
        if _is_unseen(character):
            continue
        if start >= 0 and _is_mark(character):
            end = place + 1
            continue
        if start >= 0:
            yield start, end
        start, end = place, place + 1
    if start >= 0:
        yield start, end


def _is_unseen(character: str) -> bool:
    if character in _LAYOUT:
        return False
    return character in _VARIATIONS or unicodedata.category(character) in _UNSEEN


def _is_mark(character: str) -> bool:
    is_plain = character < "\u0300"
    return not is_plain and unicodedata.combining(unicodedata.normalize("NFKC", character)[0]) > 0


def _form_of(cluster: str) -> str:
    seen = "".join(character for character in cluster if not _is_unseen(character))
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    if len(form) > 1:
        form = "".join(one for one in form if unicodedata.combining(one) not in _DECORATIONS)
    return " " if form.isspace() else form


def _stands_alone(form: str, start: int, end: int) -> bool:
    """Whether neither end of a match is inside a Latin word or a number."""
    before = form[start - 1] if start else " "
    behind = form[end] if end < len(form) else " "
    return not _is_joined(before, form[start]) and not _is_joined(form[end - 1], behind)


def _is_joined(left: str, right: str) -> bool:
    return (_is_latin(left) and _is_latin(right)) or (left.isdecimal() and right.isdecimal())


def _is_latin(character: str) -> bool:
    return character.isalpha() and character < "\u0250"
