"""Examples with their values made unrecognisable.

Few examples name each value so often that a learner takes the values themselves for the sign
of an entity. Copies in which a value is a run of blanks of some length make it look at the
words around, and let it expect values longer and shorter than those it has seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from kefu.project.nlu_data import EntityAnnotation, Example

__all__ = ["BLANK", "blanked", "without_blanks"]

BLANK = "\ufffc"
"""Stands for an unknown piece; a character that no text contains."""

MOST_COPIES = 400
_LENGTHS = {True: (1, 2, 2, 3, 4), False: (1, 1, 1, 2, 3)}
"""Lengths of values, in pieces, for scripts without and with spaces."""


def blanked(examples: Sequence[Example], *, unspaced: bool, seed: int) -> list[Example]:
    """Return copies of annotated examples in which values are blanks."""
    annotated = [e for e in examples if any(map(_can_vary, e.entities))]
    rng = random.Random(seed)
    step = max(1.0, len(annotated) / MOST_COPIES)
    chosen = [annotated[int(i * step)] for i in range(int(len(annotated) / step))]
    return [_copy(example, rng, unspaced=unspaced) for example in chosen]


def without_blanks(features: list[list[str]]) -> list[list[str]]:
    """Remove features that show a blank, as those of an unknown value would be unknown."""
    return [[name for name in row if BLANK not in name] for row in features]


def _copy(example: Example, rng: random.Random, *, unspaced: bool) -> Example:
    text = ""
    position = 0
    entities = []
    for entity in sorted(example.entities, key=lambda e: e.start):
        if entity.start < position:
            continue
        text += example.text[position : entity.start]
        value = example.text[entity.start : entity.end]
        if _can_vary(entity):
            blanks = [BLANK] * rng.choice(_LENGTHS[unspaced])
            value = ("" if unspaced else " ").join(blanks)
        start = len(text)
        text += value
        position = entity.end
        entities.append(replace(entity, value=value, start=start, end=len(text)))
    return replace(example, text=text + example.text[position:], entities=tuple(entities))


def _can_vary(entity: EntityAnnotation) -> bool:
    """Whether a value may look like anything; numbers look like numbers."""
    return not any(char.isdigit() for char in entity.value)
