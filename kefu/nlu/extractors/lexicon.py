"""Words known to name an entity: values of the examples, lookup tables and regexes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from kefu.core.parts import JsonValue
from kefu.nlu.extractors.pieces import Pieces, Span
from kefu.nlu.patterns import compile_regex
from kefu.nlu.text import fold
from kefu.nlu.words import WordFinder

__all__ = ["Lexicon", "Marks"]

Marks = list[tuple[Span, tuple[str, ...]]]
"""Non-overlapping spans with the entity types that they may be, left to right."""

_ALWAYS = 1_000_000


class Lexicon:
    """Marks the known words of a text, the longest at each place."""

    def __init__(
        self,
        words: Mapping[str, Mapping[str, int]],
        patterns: Sequence[tuple[str, str]],
    ) -> None:
        self._words = words
        self._patterns = list(patterns)
        self._texts = list(words)
        self._finder = WordFinder(self._texts, case_sensitive=True)
        self._compiled = [
            (name, compile_regex(name, pattern, case_sensitive=False)) for name, pattern in patterns
        ]

    @classmethod
    def build(
        cls,
        values: Iterable[tuple[str, str]],
        lookups: Mapping[str, Iterable[str]],
        patterns: Sequence[tuple[str, str]],
    ) -> Lexicon:
        """Collect (text, entity) pairs of the examples, lookup tables and regexes by name."""
        words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, entity in values:
            words[fold(text)][entity] += 1
        for entity, listed in lookups.items():
            for text in listed:
                if text.strip():
                    words[fold(text.strip())][entity] = _ALWAYS
        words.pop("", None)
        return cls({text: dict(words[text]) for text in sorted(words)}, patterns)

    def mark(self, pieces: Pieces, own: Collection[tuple[str, str]] = ()) -> Marks:
        """Return the known words of a text.

        Args:
            pieces: The text.
            own: (folded text, entity) pairs that this very text contributed. A learner that
                sees a value marked only because the example at hand supplied it would trust
                the lexicon too much.
        """
        found: list[tuple[Span, tuple[str, ...]]] = []
        for number, start, end in self._finder.all_matches(pieces.folded):
            span = pieces.span(start, end)
            if span is None:
                continue
            types = self._types(self._texts[number], own)
            if types:
                found.append((span, types))
        for name, pattern in self._compiled:
            for match in pattern.finditer(pieces.text):
                span = pieces.span(*match.span()) if match.group() else None
                if span is not None:
                    found.append((span, (f"re:{name}",)))
        found.sort(key=lambda mark: (mark[0].first, -mark[0].behind))
        return _without_overlap(found)

    def _types(self, text: str, own: Collection[tuple[str, str]]) -> tuple[str, ...]:
        counts = self._words[text]
        if not own:
            return tuple(sorted(counts))
        mine = Counter(entity for value, entity in own if value == text)
        return tuple(sorted(entity for entity, n in counts.items() if n > mine[entity]))

    def as_json(self) -> JsonValue:
        """Return a form that JSON can keep."""
        return {"words": self._words, "patterns": self._patterns}

    @classmethod
    def from_json(cls, data: JsonValue) -> Lexicon:
        """Take back :meth:`as_json`'s result."""
        return cls(data["words"], [(name, pattern) for name, pattern in data["patterns"]])


def _without_overlap(marks: Marks) -> Marks:
    kept: Marks = []
    for span, types in marks:
        if kept and span == kept[-1][0]:
            kept[-1] = (span, tuple(sorted({*kept[-1][1], *types})))
        elif not kept or span.first >= kept[-1][0].behind:
            kept.append((span, types))
    return kept
