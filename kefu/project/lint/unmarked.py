"""Finds values of entities that stand unmarked in some examples and marked in others.

An extractor learns from each unmarked occurrence that the word is *no* entity there, so a few
forgotten marks undo what many correct ones teach. A value counts as one that should be marked when
it is marked in nine of ten places where it occurs, or when a lookup table or a synonym lists it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kefu.project.nlu_data import EntityAnnotation, Example, NluData

__all__ = ["MOSTLY", "Mark", "Unmarked", "find_unmarked"]

MOSTLY: Final = 0.9
"""The share of its occurrences that are marked from which a value should always be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a word is annotated, apart from where."""

    entity: str
    value: str
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmarked:
    """A value of an entity that stands unmarked in an example."""

    example: Example
    start: int
    """In the text of the example, without annotations."""
    end: int
    entity: str
    mark: Mark | None
    """How it is marked elsewhere; None when that differs, or when it is a list alone that speaks
    for marking it: nobody but the author can say whether the list or the examples are right."""
    marked: int
    """How often it is marked in all examples."""
    occurrences: int
    source: str
    """What lists it: ``lookup``, ``synonym``, or ``examples``."""

    @property
    def word(self) -> str:
        """The word itself."""
        return self.example.text[self.start : self.end]


@dataclass(slots=True)
class _Word:
    """What is known of one word."""

    marks: Counter[Mark] = field(default_factory=Counter)
    listed: dict[str, str] = field(default_factory=dict)
    """Entity -> what lists it as one of its values."""
    unmarked: list[tuple[Example, int]] = field(default_factory=list)

    @property
    def marked(self) -> int:
        return self.marks.total()

    @property
    def occurrences(self) -> int:
        return self.marked + len(self.unmarked)

    @property
    def only_mark(self) -> Mark | None:
        """How it is nearly always marked; None when that differs."""
        if not self.marks:
            return None
        mark, times = self.marks.most_common(1)[0]
        return mark if times >= MOSTLY * self.marked else None


def find_unmarked(nlu: NluData) -> list[Unmarked]:
    """Return the places where a value is not marked although it should be, in file order."""
    words = _known_words(nlu)
    _count(nlu.examples, words)
    segments = _Segments()
    found = [unmarked for text, word in words.items() for unmarked in _judged(text, word, segments)]
    found.sort(key=lambda one: (one.example.place, one.start))
    return found


def _known_words(nlu: NluData) -> dict[str, _Word]:
    words: dict[str, _Word] = defaultdict(_Word)
    entities_of_values: dict[str, set[str]] = defaultdict(set)
    entities: set[str] = set()
    for example in nlu.examples:
        for found in example.entities:
            words[example.text[found.start : found.end]].marks[_mark(found)] += 1
            entities.add(found.entity)
            entities_of_values[found.value].add(found.entity)
    for entity, listed in nlu.lookups.items():
        # Lookup tables may also be features of no entity's name; those say nothing of marks.
        if entity in entities:
            for text in listed:
                words[text].listed[entity] = "lookup"
                entities_of_values[text].add(entity)
    for variant, value in nlu.synonyms.items():
        for entity in entities_of_values.get(value, ()):
            words[variant].listed.setdefault(entity, "synonym")
    words.pop("", None)
    return dict(words)


def _mark(found: EntityAnnotation) -> Mark:
    return Mark(entity=found.entity, value=found.value, role=found.role, group=found.group)


def _count(examples: Iterable[Example], words: Mapping[str, _Word]) -> None:
    """Note where known words stand unmarked; of overlapping words the longest counts."""
    from ahocorasick_rs import AhoCorasick, MatchKind  # noqa: PLC0415 - only when asked for

    texts = [text for text in words if text.strip()]
    finder = AhoCorasick(texts, matchkind=MatchKind.LeftmostLongest)
    for example in examples:
        text = example.text
        for index, start, end in finder.find_matches_as_indexes(text):
            is_free = all(end <= one.start or start >= one.end for one in example.entities)
            if is_free and not _inside_word(text, start, end):
                words[texts[index]].unmarked.append((example, start))


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether a part of a longer Latin word or number is meant: ``SF`` in ``SF1234``."""
    return (start > 0 and _continues(text[start - 1], text[start])) or (
        end < len(text) and _continues(text[end - 1], text[end])
    )


def _continues(left: str, right: str) -> bool:
    return all(char.isalnum() and ord(char) < 0x2E80 for char in (left, right))


def _judged(text: str, word: _Word, segments: _Segments) -> Iterator[Unmarked]:
    if not word.unmarked:
        return
    mostly = word.marked >= MOSTLY * word.occurrences
    if not mostly:
        if not word.listed or len(text) < 2:
            return
        word.unmarked = [
            (example, start)
            for example, start in word.unmarked
            if segments.are_words(example.text, start, start + len(text))
        ]
    entity = word.marks.most_common(1)[0][0].entity if word.marks else next(iter(word.listed))
    mark = word.only_mark
    is_sure = mostly or 2 * word.marked >= word.occurrences
    if mark and not mostly and (mark.role or mark.group):
        mark = None  # a role or group is of the sentence, so a few examples say too little
    for example, start in word.unmarked:
        yield Unmarked(
            example=example,
            start=start,
            end=start + len(text),
            entity=entity,
            mark=mark if is_sure else None,
            marked=word.marked,
            occurrences=word.occurrences,
            source="examples" if mostly else word.listed.get(entity, "examples"),
        )


class _Segments:
    """Where Chinese words begin and end, so that 大连 is not found in 扩大连接."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[int]] = {}

    def are_words(self, text: str, start: int, end: int) -> bool:
        """Whether ``text[start:end]`` is one or several whole words."""
        if text not in self._known:
            import rjieba  # its dictionary takes a moment

            bounds = {0, len(text)}
            # Without guesses at unknown words, which would swallow names of a project's own.
            bounds.update(bound for _, *both in rjieba.tokenize(text, hmm=False) for bound in both)
            self._known[text] = frozenset(bounds)
        return {start, end} <= self._known[text]
