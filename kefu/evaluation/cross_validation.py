"""Cross-validation: train on most of the examples, test on the rest, in turn."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, pstdev
from typing import Protocol

from kefu.errors import ProjectError
from kefu.evaluation.understanding import Parser, UnderstandingResults, play_examples
from kefu.project.nlu_data import Example, NluData

__all__ = ["CrossValidation", "cross_validate", "folds"]


class TrainedParser(Parser, Protocol):
    """A parser that was trained for one fold."""

    async def close(self) -> None:
        """Give back what it holds open."""
        ...


TrainParser = Callable[[NluData], Awaitable[TrainedParser]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossValidation:
    """Results of all folds."""

    train: tuple[UnderstandingResults, ...]
    """On the examples each model was trained on."""
    test: tuple[UnderstandingResults, ...]
    """On the examples each model had not seen."""

    def together(self) -> UnderstandingResults:
        """Return the results on unseen examples as one list: every example once."""
        total = UnderstandingResults()
        for result in self.test:
            total.intents += result.intents
            total.responses += result.responses
            total.entities += result.entities
        return total

    @staticmethod
    def spread(values: Sequence[float]) -> tuple[float, float]:
        """Return mean and standard deviation over the folds."""
        return (fmean(values), pstdev(values)) if values else (0.0, 0.0)


async def cross_validate(
    data: NluData,
    train: TrainParser,
    *,
    fold_count: int = 5,
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> CrossValidation:
    """Train and test once for each fold.

    Args:
        data: All examples.
        train: Trains an interpreter on a part of them.
        fold_count: Number of parts; at most as many as the rarest intent has examples is
            sensible, since a model cannot know an intent that only the test part has.
        seed: Decides which examples come together.
        progress: Called after each fold.

    Raises:
        ProjectError: There are fewer examples than folds.
    """
    trained, tested = [], []
    for rest, part in folds(data.examples, fold_count, seed):
        parser = await train(replace(data, examples=tuple(rest)))
        try:
            trained.append(await play_examples(parser, rest))
            tested.append(await play_examples(parser, part))
        finally:
            await parser.close()
        progress()
    return CrossValidation(train=tuple(trained), test=tuple(tested))


def folds(
    examples: Sequence[Example], count: int, seed: int
) -> Iterator[tuple[list[Example], list[Example]]]:
    """Yield (train, test) pairs in which every intent is spread evenly over the test parts."""
    if count < 2 or len(examples) < count:
        raise ProjectError(
            f"cannot make {count} folds of {len(examples)} examples — use at least 2 folds and"
            " at least as many examples"
        )
    by_intent: dict[str | None, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_intent[example.full_intent].append(index)
    shuffle = random.Random(seed).shuffle
    fold_of = {}
    dealt = 0
    for indices in by_intent.values():
        shuffle(indices)
        for index in indices:
            fold_of[index] = dealt % count
            dealt += 1
    for fold in range(count):
        rest = [example for index, example in enumerate(examples) if fold_of[index] != fold]
        part = [example for index, example in enumerate(examples) if fold_of[index] == fold]
        yield rest, part
