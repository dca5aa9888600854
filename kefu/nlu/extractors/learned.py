"""Entities learned from annotated examples, in two stages.

The cost of a conditional random field grows with the square of the number of labels. So one
field with five labels finds where entities are, and another one, over the few spans found,
decides what they are, with role and group.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from kefu.core.messages import EntityData
from kefu.core.parts import Parts, prefixed, under
from kefu.nlu.explanation import Explanation, Found, Missed
from kefu.nlu.extractors.boundaries import boundary_features, boundary_labels, spans_of
from kefu.nlu.extractors.chain import ChainLesson, ChainTagger
from kefu.nlu.extractors.kinds import kind_features
from kefu.nlu.extractors.lexicon import Lexicon, Marks
from kefu.nlu.extractors.pieces import Pieces, Span, split_pieces
from kefu.nlu.extractors.reasons import BoundaryReasons, near_spans, type_reasons
from kefu.nlu.extractors.sequence import Features, SequenceTagger, TaggerOptions, train_tagger
from kefu.nlu.extractors.unseen import BLANK, blanked, without_blanks
from kefu.nlu.message import Message
from kefu.nlu.segmentation import segment
from kefu.nlu.stored import stored_bytes, stored_json
from kefu.nlu.text import fold
from kefu.nlu.tokens import Token
from kefu.project.nlu_data import EntityAnnotation, Example, NluData

__all__ = ["EntityLearner", "EntityLessons", "Taught", "lexicon_of", "misfits_of", "study"]


Tagger: TypeAlias = SequenceTagger | ChainTagger
"""A field as it was trained, or one that was corrected since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Studied:
    pieces: Pieces
    found: list[tuple[Span, EntityAnnotation]]
    marks: Marks
    intent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityLessons:
    """The examples prepared for learning."""

    lexicon: Lexicon
    examples: list[_Studied]
    unspaced: bool
    """Whether the examples are in a script written without spaces."""
    by_intent: bool
    """Whether it counts what a text means."""
    annotations: int
    """How many annotations are learned from."""
    misfits: int
    """How many cannot be, because they begin or end inside a word or overlap another."""

    @property
    def kinds(self) -> list[str]:
        """The different labels of entities, sorted."""
        return sorted({_kind(entity) for e in self.examples for _, entity in e.found})


def study(
    data: NluData,
    examples: Sequence[Example],
    tokens: Sequence[Sequence[Token]] | None,
    *,
    intents: Sequence[str | None] | None = None,
    seed: int = 0,
) -> EntityLessons:
    """Prepare examples.

    Args:
        data: Lookup tables and regexes.
        examples: What to learn from.
        tokens: Their words where the language is written without spaces.
        intents: What they are taken to mean, if that is to count; with as many errors as there
            will be in use.
        seed: For everything random.
    """
    unspaced = tokens is not None
    taken = _worth_studying(examples)
    chosen = [examples[number] for number in taken]
    lexicon = _lexicon(data, chosen)
    studied = [
        _study_one(
            lexicon,
            examples[number],
            tokens[number] if tokens is not None else None,
            intents[number] if intents is not None else None,
        )
        for number in taken
    ]
    copies = []
    for number, example in enumerate(blanked(chosen, unspaced=unspaced, seed=seed)):
        copy = _study_one(lexicon, example, segment(example.text) if unspaced else None)
        copies.append(_with_marks(copy) if number % 2 else copy)
    annotations = sum(len(one.found) for one in studied)
    return EntityLessons(
        lexicon=lexicon,
        examples=studied + copies,
        unspaced=unspaced,
        by_intent=intents is not None,
        annotations=annotations,
        misfits=sum(len(example.entities) for example in chosen) - annotations,
    )


def _lexicon(data: NluData, examples: Sequence[Example]) -> Lexicon:
    values = [
        (example.text[entity.start : entity.end], entity.entity)
        for example in examples
        for entity in example.entities
    ]
    entities = {name for _, name in values}
    lookups = {name: words for name, words in data.lookups.items() if name in entities}
    return Lexicon.build(values, lookups, data.regexes)


def _study_one(
    lexicon: Lexicon, example: Example, tokens: Sequence[Token] | None, intent: str | None = None
) -> _Studied:
    pieces = split_pieces(example.text, tokens)
    own = [(fold(example.text[e.start : e.end]), e.entity) for e in example.entities]
    return _Studied(
        pieces=pieces,
        found=pieces.annotated(example.entities),
        marks=lexicon.mark(pieces, own),
        intent=intent,
    )


def _with_marks(studied: _Studied) -> _Studied:
    """Mark unknown values as the lexicon would if it knew them."""
    marked = [(span, (e.entity,)) for span, e in studied.found if BLANK in e.value]
    others = [mark for mark in studied.marks if mark[0] not in dict(marked)]
    marks = sorted(marked + others, key=lambda mark: mark[0].first)
    return _Studied(pieces=studied.pieces, found=studied.found, marks=marks)


def _worth_studying(examples: Sequence[Example]) -> list[int]:
    """Choose examples: all with annotations, and as many without as can still teach something."""
    annotated = [number for number, example in enumerate(examples) if example.entities]
    others = [number for number, example in enumerate(examples) if not example.entities]
    wanted = 2000 + 2 * len(annotated)
    step = max(1.0, len(others) / wanted)
    return sorted(annotated + [others[int(i * step)] for i in range(int(len(others) / step))])


@dataclass(frozen=True, slots=True)
class Taught:
    """An example with its words, None where it is in a language with spaces."""

    example: Example
    tokens: Sequence[Token] | None


def lexicon_of(data: NluData, examples: Sequence[Example]) -> Lexicon:
    """Return the words that are known to name entities, from examples and lookup tables."""
    return _lexicon(data, [example for example in examples if example.entities])


def misfits_of(example: Example, tokens: Sequence[Token] | None) -> int:
    """Return how many annotations of an example nothing can be learned from."""
    return len(example.entities) - len(
        split_pieces(example.text, tokens).annotated(example.entities)
    )


LONGEST = 4000
"""So that one message never keeps the others waiting for more than a moment."""


class EntityLearner:
    """Finds entities in texts."""

    def __init__(
        self,
        *,
        lexicon: Lexicon,
        boundaries: Tagger,
        kinds: Tagger | str,
        unspaced: bool,
        by_intent: bool = False,
    ) -> None:
        self._by_intent = by_intent
        self._lexicon = lexicon
        self._unspaced = unspaced
        self._boundaries = boundaries
        self._kinds = kinds

    @classmethod
    def train(cls, lessons: EntityLessons, options: TaggerOptions) -> EntityLearner:
        """Learn; there must be at least one annotation."""
        boundaries = train_tagger(
            (
                (
                    without_blanks(boundary_features(e.pieces, e.marks, e.intent)),
                    boundary_labels(len(e.pieces.names), [span for span, _ in e.found]),
                )
                for e in lessons.examples
                if e.pieces.names
            ),
            options,
        )
        names = lessons.kinds
        kinds: Tagger | str = names[0]
        if len(names) > 1:
            kinds = train_tagger(
                (
                    (
                        kind_features(e.pieces, [span for span, _ in e.found], e.marks, e.intent),
                        [_kind(entity) for _, entity in e.found],
                    )
                    for e in lessons.examples
                    if e.found and BLANK not in e.pieces.text
                ),
                options,
            )
        return cls(
            lexicon=lessons.lexicon,
            boundaries=boundaries,
            kinds=kinds,
            unspaced=lessons.unspaced,
            by_intent=lessons.by_intent,
        )

    @property
    def lexicon(self) -> Lexicon:
        """The words that are known to name entities."""
        return self._lexicon

    def knowing(self, lexicon: Lexicon) -> EntityLearner:
        """Return the same learner with other known words."""
        return EntityLearner(
            lexicon=lexicon,
            boundaries=self._boundaries,
            kinds=self._kinds,
            unspaced=self._unspaced,
            by_intent=self._by_intent,
        )

    def corrected(self, new: Sequence[Taught], known: Sequence[Taught]) -> EntityLearner:
        """Return a learner that also knows new examples, and what it did of known ones.

        Args:
            new: Examples, with those that have lost their annotations.
            known: Some of the others, to see that nothing is unlearned.
        """
        studied = [
            (_study_one(self._lexicon, one.example, one.tokens, one.example.intent), insists)
            for some, insists in ((new, True), (known, False))
            for one in some
        ]
        boundaries = [
            ChainLesson(
                boundary_features(e.pieces, e.marks, e.intent if self._by_intent else None),
                boundary_labels(len(e.pieces.names), [span for span, _ in e.found]),
                insists,
            )
            for e, insists in studied
        ]
        kinds = [
            ChainLesson(
                kind_features(
                    e.pieces,
                    [span for span, _ in e.found],
                    e.marks,
                    e.intent if self._by_intent else None,
                ),
                [_kind(entity) for _, entity in e.found],
                insists,
            )
            for e, insists in studied
        ]
        return EntityLearner(
            lexicon=self._lexicon,
            boundaries=_chain(self._boundaries).corrected(boundaries),
            kinds=_chain(self._kinds).corrected(kinds),
            unspaced=self._unspaced,
            by_intent=self._by_intent,
        )

    def find(self, message: Message) -> list[EntityData]:
        """Return the entities of a text, left to right, from its first LONGEST characters."""
        pieces = self._pieces(message)
        if not pieces.names:
            return []
        marks = self._lexicon.mark(pieces)
        intent = self._intent(message)
        spans, sure = spans_of(self._boundaries.tag(boundary_features(pieces, marks, intent)))
        if not spans:
            return []
        kinds, chances = self._tell_kinds(kind_features(pieces, spans, marks, intent))
        return [
            _entity(pieces, span, kind, float(a * b))
            for span, kind, a, b in zip(spans, kinds, sure, chances, strict=True)
        ]

    def explain(self, message: Message, language: str = "en") -> Iterator[Explanation]:
        """Yield why each entity was found, then what was nearly taken for one."""
        pieces = self._pieces(message)
        if not pieces.names:
            return
        marks = self._lexicon.mark(pieces)
        intent = self._intent(message)
        features = boundary_features(pieces, marks, intent)
        labelled = self._boundaries.tag(features)
        spans, _ = spans_of(labelled)
        reasons = BoundaryReasons(self._boundaries.weights(), features, labelled.labels, language)
        told = kind_features(pieces, spans, marks, intent)
        types = {} if isinstance(self._kinds, str) else self._kinds.weights()
        kinds, _ = self._tell_kinds(told)
        for entity, span, kind, row in zip(self.find(message), spans, kinds, told, strict=True):
            yield Found(
                entity=entity["entity"],
                start=entity["start"],
                end=entity["end"],
                value=entity["value"],
                confidence=entity.get("confidence_entity"),
                role=entity.get("role"),
                group=entity.get("group"),
                contributions=reasons.of(span) + type_reasons(types, row, kind, language),
            )
        outside = self._boundaries.chances(features, "O")
        for span, chance in near_spans(labelled.labels, outside):
            start, end = pieces.starts[span.first], pieces.ends[span.behind - 1]
            value = pieces.text[start:end]
            yield Missed(
                start=start, end=end, value=value, confidence=chance, contributions=reasons.of(span)
            )

    def _intent(self, message: Message) -> str | None:
        return message.intent["name"] if self._by_intent and message.intent else None

    def _pieces(self, message: Message) -> Pieces:
        text = message.text[:LONGEST]
        words = None
        if self._unspaced:
            words = message.words() if len(message.text) <= LONGEST else segment(text)
        return split_pieces(text, words)

    def _tell_kinds(self, features: Features) -> tuple[list[str], list[float]]:
        if isinstance(self._kinds, str):
            return [self._kinds] * len(features), [1.0] * len(features)
        labelled = self._kinds.tag(features)
        return labelled.labels, labelled.chances

    def save(self) -> Parts:
        """Return what :meth:`load` takes."""
        parts: Parts = {
            "lexicon": self._lexicon.as_json(),
            "unspaced": self._unspaced,
            "by_intent": self._by_intent,
            **_saved("boundaries", self._boundaries),
        }
        if isinstance(self._kinds, str):
            return parts | {"kind": self._kinds}
        return parts | _saved("kinds", self._kinds)

    @classmethod
    def load(cls, parts: Parts) -> EntityLearner:
        """Build it from :meth:`save`'s result."""
        return cls(
            lexicon=Lexicon.from_json(stored_json(parts, "lexicon")),
            unspaced=stored_json(parts, "unspaced"),
            by_intent="by_intent" in parts and stored_json(parts, "by_intent"),
            boundaries=_loaded("boundaries", parts),
            kinds=stored_json(parts, "kind") if "kind" in parts else _loaded("kinds", parts),
        )


def _chain(tagger: Tagger | str) -> ChainTagger:
    if isinstance(tagger, str):
        return ChainTagger([tagger], [], np.zeros((0, 1)), np.zeros((1, 1)))
    return tagger if isinstance(tagger, ChainTagger) else ChainTagger.of_model(tagger.model)


def _saved(name: str, tagger: Tagger) -> Parts:
    return (
        {name: tagger.model}
        if isinstance(tagger, SequenceTagger)
        else prefixed(name, tagger.save())
    )


def _loaded(name: str, parts: Parts) -> Tagger:
    chain = under(name, parts)
    return ChainTagger.load(chain) if chain else SequenceTagger(stored_bytes(parts, name))


def _kind(entity: EntityAnnotation) -> str:
    return json.dumps([entity.entity, entity.role, entity.group], ensure_ascii=False)


def _entity(pieces: Pieces, span: Span, kind: str, chance: float) -> EntityData:
    name, role, group = json.loads(kind)
    start, end = pieces.starts[span.first], pieces.ends[span.behind - 1]
    entity: EntityData = {
        "entity": name,
        "start": start,
        "end": end,
        "value": pieces.text[start:end],
        "confidence_entity": chance,
    }
    if role is not None:
        entity["role"] = role
    if group is not None:
        entity["group"] = group
    return entity
