"""Finds values of entities that stand unmarked in some examples and marked in others.

An extractor learns from each unmarked occurrence that the word is *no* entity there, so a few
forgotten marks undo what many correct ones teach. A value counts as one that should be marked when
it is marked in nine of ten places where it occurs. One that a lookup table or a synonym lists needs
half of the places only, of those in intents that have the entity at all: in the others, and in
longer words, something else is meant. A value of a lookup table that is never marked is found once:
there it is the list that may be wrong. Synonyms say what is meant by what an extractor found, not
what it should find, so nothing is said of those that are never marked.
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
    """How it is marked elsewhere; None when that differs, or when it is marked nowhere: nobody but
    the author can say whether the list or the examples are right."""
    marked: int
    """How often it is marked in all examples."""
    occurrences: int
    """How often it occurs where it can be meant."""
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
    def entity(self) -> str:
        """Which entity it is most often marked as, or listed under."""
        return self.marks.most_common(1)[0][0].entity if self.marks else next(iter(self.listed))

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
    marks = {
        (example.full_intent, one.entity) for example in nlu.examples for one in example.entities
    }
    found: list[Unmarked] = []
    for text, word in words.items():
        if word.unmarked:
            is_mostly = word.marked >= MOSTLY * word.occurrences
            judged = _mostly_marked if is_mostly else _listed
            found += judged(text, word, _Context(segments, marks))
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


@dataclass(frozen=True, slots=True)
class _Context:
    """What tells whether a listed value is meant where it stands."""

    segments: _Segments
    marks: set[tuple[str | None, str]]
    """Which intents have which entities."""

    def is_meant(self, text: str, entity: str, example: Example, start: int) -> bool:
        return (example.full_intent, entity) in self.marks and self.segments.are_words(
            example.text, start, start + len(text)
        )


def _mostly_marked(text: str, word: _Word, _context: _Context) -> Iterator[Unmarked]:
    for place in word.unmarked:
        yield _unmarked(text, word, place, word.only_mark, "examples")


def _listed(text: str, word: _Word, context: _Context) -> Iterator[Unmarked]:
    entity = word.entity
    if entity not in word.listed or len(text) < 2:
        return
    word.unmarked = [
        (example, start)
        for example, start in word.unmarked
        if context.is_meant(text, entity, example, start)
    ]
    source = word.listed[entity]
    if not word.marked and source == "lookup":
        for place in word.unmarked[:1]:
            yield _unmarked(text, word, place, None, source)
    elif 2 * word.marked >= word.occurrences:
        mark = word.only_mark
        if mark and (mark.role or mark.group):
            mark = None  # a role or group is of the sentence, so a few examples say too little
        for place in word.unmarked:
            yield _unmarked(text, word, place, mark, source)


def _unmarked(
    text: str, word: _Word, place: tuple[Example, int], mark: Mark | None, source: str
) -> Unmarked:
    example, start = place
    return Unmarked(
        example=example,
        start=start,
        end=start + len(text),
        entity=word.entity,
        mark=mark,
        marked=word.marked,
        occurrences=word.occurrences,
        source=source,
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
