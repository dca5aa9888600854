"""Divides training data into a part to learn from and a part to test with."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kefu.project.conversion.nlu_items import NluItem, nlu_items, only_examples
from kefu.project.nlu_data import Example, NluData

__all__ = ["split_items", "split_items_of", "split_nlu"]

Item = TypeVar("Item")


def split_nlu(data: NluData, fraction: float, seed: int | None) -> tuple[NluData, NluData]:
    """Divide examples, those of each intent by themselves.

    Of an intent with two examples or more at least one is learned from and, below a fraction of 1,
    one tested with; a single example is learned from. Answers of a retrieval intent count as
    intents of their own. Synonyms, lookup tables, regular expressions and sentiments stay with the
    part to learn from, which the model needs; both parts have all responses.
    """
    by_intent: dict[str | None, list[Example]] = {}
    for example in data.examples:
        by_intent.setdefault(example.full_intent, []).append(example)
    chance = random.Random(seed)
    tested: set[int] = set()
    for examples in by_intent.values():
        _, own = split_items(examples, fraction, chance)
        tested |= {id(example) for example in own}
    train = tuple(example for example in data.examples if id(example) not in tested)
    test = tuple(example for example in data.examples if id(example) in tested)
    return replace(data, examples=train), NluData(examples=test, responses=data.responses)


def split_items_of(paths: Iterable[Path], test: NluData) -> tuple[list[NluItem], list[NluItem]]:
    """Divide the items of files as they stand there: one part without, one with ``test`` only."""
    tested = {(example.full_intent or "", example.text) for example in test.examples}
    train: list[NluItem] = []
    chosen: list[NluItem] = []
    for item in nlu_items(paths):
        if item.kind != "intent":
            train.append(item)
            continue
        train += filter(None, [only_examples(item, tested, are_wanted=False)])
        chosen += filter(None, [only_examples(item, tested)])
    return train, chosen


def split_items(
    items: Sequence[Item], fraction: float, chance: random.Random
) -> tuple[list[Item], list[Item]]:
    """Divide items at random, both parts in their old order."""
    count = round(len(items) * fraction)
    if len(items) > 1:
        count = min(max(count, 1), len(items) - 1) if fraction < 1 else len(items)
    else:
        count = len(items)
    chosen = set(chance.sample(range(len(items)), count))
    train = [item for index, item in enumerate(items) if index in chosen]
    return train, [item for index, item in enumerate(items) if index not in chosen]
