"""Entities learned anew where few examples have changed: the learner is corrected instead."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kefu.core.messages import EntityData, IntentData
from kefu.nlu.component import Lesson
from kefu.nlu.extractors.learned import EntityLearner, Taught, lexicon_of, misfits_of
from kefu.nlu.message import Message
from kefu.project.nlu_data import EntityAnnotation, Example

__all__ = ["KnownEntities", "corrected_entities"]

MOST_CHANGED = 60
"""With more changed examples that have to do with entities, training from scratch is better."""
MANY = 1000
"""With so many annotated examples it takes so long that somebody waits for it."""
MOST_TAUGHT = 300
"""Then so many of the changed ones are learned from; the others wait for the training apart."""
MOST_LOOKED_AT = 1000
"""So many of the examples in which listed words are new, or gone, are looked at."""
ALIKE = 60
"""So many examples that are most like the changed ones are looked at again."""
FURTHER = 300
"""So many other annotated examples as well."""

Key = tuple[str, tuple[EntityAnnotation, ...]]


@dataclass(slots=True, kw_only=True)
class KnownEntities:
    """A learner with the examples that it was trained on."""

    learner: EntityLearner | None
    keys: frozenset[Key]
    """Text and annotations of each example."""
    misfits: dict[Key, int]
    """How many annotations of an example nothing was learned from, where there are such."""
    lists: object = None
    """Lookup tables and regexes."""

    @classmethod
    def of(cls, lesson: Lesson, learner: EntityLearner | None) -> KnownEntities:
        """Note what a learner was trained on."""
        examples = {_key(example): number for number, example in enumerate(lesson.corpus.examples)}
        return cls(
            learner=learner,
            keys=frozenset(examples),
            misfits=_misfits(lesson, [n for (_, marked), n in examples.items() if marked]),
            lists=_lists(lesson),
        )


def corrected_entities(lesson: Lesson, key: str) -> KnownEntities | None:
    """Return the last training's learner, corrected; None where it has to be trained."""
    before = lesson.memory.learned.get(key) if lesson.memory else None
    if lesson.kept is None or not isinstance(before, KnownEntities) or before.learner is None:
        return None
    if not lesson.corpus.is_grown:
        return None
    corpus = lesson.corpus
    rows = {_key(example): number for number, example in enumerate(corpus.examples)}
    gone = before.keys - rows.keys()
    new = [number for one, number in rows.items() if one not in before.keys]
    if not gone and not new and before.lists == _lists(lesson):
        lesson.kept.learned[key] = before
        if lesson.memory and key in lesson.memory.corrected:
            lesson.kept.corrected.append(key)
        return before
    lesson.kept.corrected.append(key)
    has_marks = any(marked for _, marked in gone) or any(corpus.examples[n].entities for n in new)
    lexicon = before.learner.lexicon
    if has_marks or before.lists != _lists(lesson):
        lexicon = lexicon_of(lesson.data, corpus.examples)
    taught = [_taught(lesson, number) for number in new]
    learner = before.learner.knowing(lexicon)
    wrong = [one for one in taught if one.example.entities or _finds_any(learner, one)]
    if len(wrong) > _most_changed(rows) or not any(marked for _, marked in rows):
        lesson.kept.corrected.remove(key)
        return None
    misled = _misled(lesson, (before.learner, learner), new)
    wrong = _some(wrong + [_taught(lesson, number) for number in misled], MOST_TAUGHT)
    if wrong:
        others = _others(lesson, [*new, *misled])
        learner = learner.corrected(wrong, [_taught(lesson, number) for number in others])
    misfits = {one: count for one, count in before.misfits.items() if one in rows}
    misfits |= _misfits(lesson, [number for number in new if corpus.examples[number].entities])
    known = KnownEntities(
        learner=learner, keys=frozenset(rows), misfits=misfits, lists=_lists(lesson)
    )
    lesson.kept.learned[key] = known
    return known


def _most_changed(keys: Iterable[Key]) -> int:
    annotated = sum(bool(marked) for _, marked in keys)
    return MOST_CHANGED if annotated < MANY else annotated // 2


_Item = TypeVar("_Item")


def _some(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return all, or so many that lie evenly among them."""
    step = max(1.0, len(items) / most)
    return [items[int(number * step)] for number in range(min(len(items), most))]


def _misled(
    lesson: Lesson, learners: tuple[EntityLearner, EntityLearner], new: Sequence[int]
) -> list[int]:
    """Return known examples that are told wrong for no reason but that other words are listed."""
    corpus, (was, now) = lesson.corpus, learners
    concerned = [n for n, one in enumerate(corpus.examples) if one.text in corpus.relisted]
    some = _some(sorted({*concerned} - {*new}), MOST_LOOKED_AT)
    return [
        number
        for number in some
        for one in [_taught(lesson, number)]
        if _is_told(was, one) and not _is_told(now, one)
    ]


def _is_told(learner: EntityLearner, one: Taught) -> bool:
    found = {
        (e["start"], e["end"], e["entity"], e.get("role"), e.get("group"))
        for e in _found(learner, one)
    }
    return found == {(e.start, e.end, e.entity, e.role, e.group) for e in one.example.entities}


def _key(example: Example) -> Key:
    return example.text, example.entities


def _lists(lesson: Lesson) -> object:
    return dict(lesson.data.lookups), lesson.data.regexes


def _taught(lesson: Lesson, number: int) -> Taught:
    corpus = lesson.corpus
    tokens = corpus.tokens[number] if corpus.is_unspaced else None
    return Taught(corpus.examples[number], tokens)


def _misfits(lesson: Lesson, numbers: Sequence[int]) -> dict[Key, int]:
    found = {}
    for number in numbers:
        one = _taught(lesson, number)
        count = misfits_of(one.example, one.tokens)
        if count:
            found[_key(one.example)] = count
    return found


def _finds_any(learner: EntityLearner, one: Taught) -> bool:
    return bool(_found(learner, one))


def _found(learner: EntityLearner, one: Taught) -> list[EntityData]:
    tokens = None if one.tokens is None else list(one.tokens)
    intent: IntentData = {"name": one.example.intent, "confidence": 1.0}
    return learner.find(Message(text=one.example.text, tokens=tokens, intent=intent))


def _others(lesson: Lesson, new: Sequence[int]) -> list[int]:
    """Choose examples that must not be unlearned: those like the new ones, and annotated ones."""
    examples = lesson.corpus.examples
    pairs: defaultdict[str, int] = defaultdict(int)
    for number in new:
        for pair in _pairs(examples[number].text):
            pairs[pair] += 1
    rest = sorted(set(range(len(examples))) - set(new))
    likeness = {n: sum(pair in pairs for pair in _pairs(examples[n].text)) for n in rest}
    alike = sorted(rest, key=lambda n: (-likeness[n], n))[:ALIKE]
    annotated = [n for n in rest if examples[n].entities]
    rng = random.Random(lesson.seed)
    return sorted({*alike, *rng.sample(annotated, min(FURTHER, len(annotated)))})


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
