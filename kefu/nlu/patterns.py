"""The regular expressions and lookup tables of the NLU data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kefu.errors import ProjectError
from kefu.nlu.text import fold
from kefu.nlu.words import WordFinder

__all__ = ["NO_PATTERNS", "PatternLists", "PatternNames", "compile_regex", "told_apart"]


@dataclass(frozen=True, slots=True)
class PatternLists:
    """Regexes and lookup tables."""

    regexes: Sequence[tuple[str, str]]
    lookups: Mapping[str, Sequence[str]]

    def __bool__(self) -> bool:
        return bool(self.regexes or self.lookups)


NO_PATTERNS = PatternLists((), {})


def compile_regex(name: str, pattern: str, *, case_sensitive: bool) -> re.Pattern[str]:
    """Compile a regex of the NLU data.

    Raises:
        ProjectError: It is not valid.
    """
    try:
        return re.compile(pattern, 0 if case_sensitive else re.IGNORECASE)
    except re.error as error:
        raise ProjectError(
            f"the regex {pattern!r} of {name!r} in the NLU data is not valid: {error} — correct it"
        ) from error


class PatternNames:
    """Tells which regexes and lookup tables occur in a text."""

    def __init__(
        self,
        regexes: Sequence[tuple[str, str]],
        lookups: Mapping[str, Sequence[str]],
        *,
        case_sensitive: bool,
        word_boundaries: bool,
    ) -> None:
        self._regexes = [
            (name, compile_regex(name, pattern, case_sensitive=case_sensitive))
            for name, pattern in regexes
        ]
        words = [(word, name) for name, listed in lookups.items() for word in listed if word]
        self._names = [name for _, name in words]
        self._finder = WordFinder([word for word, _ in words], case_sensitive=case_sensitive)
        self._word_boundaries = word_boundaries

    def names(self, text: str) -> list[str]:
        """Return the names of what occurs, each once."""
        found = {f"regex {name}" for name, pattern in self._regexes if pattern.search(text)}
        matches = (
            self._finder.with_edges(text, relaxed=True)
            if self._word_boundaries
            else self._finder.all_matches(text)
        )
        found.update(f"lookup {self._names[number]}" for number, _, _ in matches)
        return sorted(found)


def told_apart(one: PatternLists, other: PatternLists, texts: Iterable[str]) -> frozenset[str]:
    """Return the texts in which something occurs that only one of two lists has.

    However they are searched: letter case, word edges, traditional characters do not count.
    """
    if one == other:
        return frozenset()
    words = {
        fold(word)
        for name in one.lookups.keys() | other.lookups.keys()
        for word in {*one.lookups.get(name, ())} ^ {*other.lookups.get(name, ())}
    }
    finder = WordFinder(sorted(words - {""}), case_sensitive=True)
    patterns = [
        compile_regex(name, pattern, case_sensitive=case_sensitive)
        for name, pattern in sorted({*one.regexes} ^ {*other.regexes})
        for case_sensitive in (False, True)
    ]
    return frozenset(
        text
        for text in texts
        if finder.all_matches(fold(text)) or any(pattern.search(text) for pattern in patterns)
    )
