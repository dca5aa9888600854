"""Examples with their values made unrecognisable.

A value that many examples repeat is taken for the sign of an entity by itself. Copies in which
it is a run of blanks of some length make a learner look at the words around, and let it expect
values longer and shorter than those it has seen. Measured: where values vary anyway, such copies
do harm; so they are made only where they do not, and only to learn where entities are.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import replace

from kefu.project.nlu_data import Example

__all__ = ["BLANK", "blanked", "without_blanks"]

BLANK = "\ufffc"
"""Stands for an unknown piece; a character that no text contains."""

MOST_COPIES = 200
OFTEN = 3
VARIED = 0.25
"""With more different values than this share of all annotations, values are varied enough."""
_LENGTHS = {True: (1, 2, 2, 3, 4), False: (1, 1, 1, 2, 3)}
"""Lengths of values, in pieces, for scripts without and with spaces."""


def blanked(examples: Sequence[Example], *, unspaced: bool, seed: int) -> list[Example]:
    """Return copies of examples in which values that occur often are blanks."""
    counts = Counter((e.entity, e.value) for example in examples for e in example.entities)
    if len(counts) > VARIED * counts.total():
        return []
    often = {
        (entity, value)
        for (entity, value), count in counts.items()
        if count >= OFTEN and not any(char.isdigit() for char in value)
    }
    suitable = [x for x in examples if any((e.entity, e.value) in often for e in x.entities)]
    step = max(1.0, len(suitable) / MOST_COPIES)
    chosen = [suitable[int(i * step)] for i in range(int(len(suitable) / step))]
    rng = random.Random(seed)
    return [_copy(example, often, rng, unspaced=unspaced) for example in chosen]


def without_blanks(features: list[list[str]]) -> list[list[str]]:
    """Remove features that show a blank, as those of an unknown value would be unknown."""
    return [[name for name in row if BLANK not in name] for row in features]


def _copy(
    example: Example, often: Container[tuple[str, str]], rng: random.Random, *, unspaced: bool
) -> Example:
    text = ""
    position = 0
    entities = []
    for entity in sorted(example.entities, key=lambda e: e.start):
        if entity.start < position:
            continue
        text += example.text[position : entity.start]
        value = example.text[entity.start : entity.end]
        if (entity.entity, entity.value) in often:
            blanks = [BLANK] * rng.choice(_LENGTHS[unspaced])
            value = ("" if unspaced else " ").join(blanks)
        start = len(text)
        text += value
        position = entity.end
        entities.append(replace(entity, value=value, start=start, end=len(text)))
    return replace(example, text=text + example.text[position:], entities=tuple(entities))
