"""Training on most of the examples and testing on the rest: in turn, or once."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Protocol, TypeVar

from kefu.core.domain import Domain
from kefu.errors import ProjectError
from kefu.evaluation.parallel import Tell, in_processes
from kefu.evaluation.understanding import (
    ExplainingParser,
    Parser,
    UnderstandingResults,
    play_examples,
    play_sentiments,
)
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import NluData
from kefu.project.settings import ModelConfig

__all__ = [
    "CrossValidation",
    "PipelineTrainer",
    "Split",
    "cross_validate",
    "effort",
    "folds",
    "held_out",
]

Split = tuple[NluData, NluData]
"""What to train on, and what to test on."""
Item = TypeVar("Item")
TRAINING_EFFORT = 4
"""Learning from an example takes about as long as understanding so many."""
TOLD_EVERY = 25


class TrainedParser(Parser, Protocol):
    """A parser that was trained for one fold."""

    async def close(self) -> None:
        """Give back what it holds open."""
        ...


TrainParser = Callable[[NluData], TrainedParser]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineTrainer:
    """Trains the pipeline of a project on whatever data it is given."""

    config: ModelConfig
    domain: Domain | None = None
    root: Path = field(default_factory=Path)
    """The project's folder; relative paths in settings start here."""
    allow_missing_components: bool = False

    def __call__(self, data: NluData) -> Interpreter:
        """Return an interpreter that has learned from ``data``."""
        trained = train_pipeline(
            self.config,
            data,
            self.domain,
            allow_missing_components=self.allow_missing_components,
            root=self.root,
        )
        return load_interpreter(trained.parts)


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
            total.sentiments += result.sentiments
        return total

    @staticmethod
    def spread(values: Sequence[float]) -> tuple[float, float]:
        """Return mean and standard deviation over the folds."""
        return (fmean(values), pstdev(values)) if values else (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    split: Split
    train: TrainParser


def cross_validate(
    train: TrainParser,
    splits: Iterable[Split],
    *,
    jobs: int = 1,
    progress: Tell = lambda _: None,
) -> CrossValidation:
    """Train and test once for each split; the result does not depend on the number of jobs.

    Args:
        train: Trains an interpreter on a part of the data; with several jobs it is sent to other
            processes.
        splits: As :func:`folds` or :func:`held_out` make them.
        jobs: So many processes at once.
        progress: Told of steps as they are done; :func:`effort` says how many there are.
    """
    tasks = [_Fold(split=split, train=train) for split in splits]
    done = in_processes(_run_fold, tasks, jobs=jobs, progress=progress)
    return CrossValidation(
        train=tuple(seen for seen, _ in done), test=tuple(unseen for _, unseen in done)
    )


def effort(splits: Iterable[Split]) -> int:
    """Return of how many steps :func:`cross_validate` will tell."""
    return sum((TRAINING_EFFORT + 1) * _size(rest) + _size(part) for rest, part in splits)


def _size(data: NluData) -> int:
    return len(data.examples) + len(data.sentiments)


def _run_fold(fold: _Fold, tell: Tell) -> tuple[UnderstandingResults, UnderstandingResults]:
    rest, part = fold.split
    parser = fold.train(rest)
    tell(TRAINING_EFFORT * _size(rest))
    steps = _Steps(tell)
    explaining = parser if isinstance(parser, ExplainingParser) else None

    async def play() -> tuple[UnderstandingResults, UnderstandingResults]:
        try:
            seen = await _play(parser, rest, steps)
            unseen = await _play(parser, part, steps, explaining)
        finally:
            await parser.close()
        return seen, unseen

    played = asyncio.run(play())
    steps.rest()
    return played


async def _play(
    parser: Parser, data: NluData, steps: _Steps, explaining: ExplainingParser | None = None
) -> UnderstandingResults:
    results = await play_examples(parser, data.examples, progress=steps.one, explaining=explaining)
    results.sentiments = await play_sentiments(
        parser, data.sentiments, progress=steps.one, explaining=explaining
    )
    return results


class _Steps:
    """Tells of many small steps a few at a time."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._untold = 0

    def one(self) -> None:
        self._untold += 1
        if self._untold == TOLD_EVERY:
            self.rest()

    def rest(self) -> None:
        self._tell(self._untold)
        self._untold = 0


def folds(data: NluData, count: int, seed: int = 0) -> Iterator[Split]:
    """Yield (train, test) pairs in which every label is spread evenly over the test parts.

    At most as many folds as the rarest intent, or sentiment, has examples are sensible, since a
    model cannot know a label that only the test part has.

    Args:
        data: All examples of intents and of sentiments, and what else belongs to them.
        count: Number of parts.
        seed: Decides which examples come together.

    Raises:
        ProjectError: There are fewer examples than folds.
    """
    most = max(len(data.examples), len(data.sentiments))
    if count < 2 or most < count:
        raise ProjectError(
            f"cannot make {count} folds of {most} examples — use --folds 2 at least, and not more"
            " than there are examples"
        )
    intents = _fold_of(_intents(data), count, seed)
    feelings = _fold_of(_feelings(data), count, seed)
    for fold in range(count):
        chosen = {index for index, number in intents.items() if number == fold}
        felt = {index for index, number in feelings.items() if number == fold}
        yield _split(data, chosen, felt)


def held_out(data: NluData, share: float, seed: int = 0) -> Split:
    """Return a (train, test) pair; the test part has about ``share`` of each label.

    An intent, or sentiment, with a single example keeps it for training.

    Raises:
        ProjectError: One of the two parts would be empty.
    """
    chosen = _share_of(_intents(data), share, seed)
    felt = _share_of(_feelings(data), share, seed)
    whole = len(data.examples) + len(data.sentiments)
    if not 0 < len(chosen) + len(felt) < whole:
        raise ProjectError(
            f"cannot hold out {share:g} of {whole} examples: one part would be empty — write more"
            " examples, or choose another share, such as --hold-out 0.2"
        )
    return _split(data, chosen, felt)


def _split(data: NluData, chosen: set[int], felt: set[int]) -> Split:
    """Take apart; the examples of intents, and of sentiments, at these positions are tested."""
    rest, tested = _parted(data.examples, chosen)
    other, felt_in = _parted(data.sentiments, felt)
    return (
        replace(data, examples=rest, sentiments=other),
        NluData(examples=tested, sentiments=felt_in),
    )


def _parted(items: Sequence[Item], chosen: set[int]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    rest = tuple(item for index, item in enumerate(items) if index not in chosen)
    return rest, tuple(item for index, item in enumerate(items) if index in chosen)


def _fold_of(labels: Sequence[Hashable], count: int, seed: int) -> dict[int, int]:
    """Return the fold of each position."""
    order = [index for indices in _by_label(labels, seed) for index in indices]
    return {index: dealt % count for dealt, index in enumerate(order)}


def _share_of(labels: Sequence[Hashable], share: float, seed: int) -> set[int]:
    """Return positions that are about a share of those of each label."""
    chosen: set[int] = set()
    dealt = 0.0
    for indices in _by_label(labels, seed):
        for index in indices if len(indices) > 1 else ():
            dealt += share
            if dealt >= 1:
                dealt -= 1
                chosen.add(index)
    return chosen


def _intents(data: NluData) -> list[str | None]:
    return [example.full_intent for example in data.examples]


def _feelings(data: NluData) -> list[str]:
    return [example.sentiment for example in data.sentiments]


def _by_label(labels: Sequence[Hashable], seed: int) -> Iterator[list[int]]:
    """Yield the positions of each label, shuffled."""
    by_label: dict[Hashable, list[int]] = defaultdict(list)
    for index, label in enumerate(labels):
        by_label[label].append(index)
    shuffle = random.Random(seed).shuffle
    for indices in by_label.values():
        shuffle(indices)
        yield indices
