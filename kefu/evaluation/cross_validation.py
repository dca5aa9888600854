"""Training on most of the examples and testing on the rest: in turn, or once."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Protocol

from kefu.core.domain import Domain
from kefu.errors import ProjectError
from kefu.evaluation.parallel import Tell, in_processes
from kefu.evaluation.understanding import (
    ExplainingParser,
    Parser,
    UnderstandingResults,
    play_examples,
)
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.nlu_data import Example, NluData
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

Split = tuple[Sequence[Example], Sequence[Example]]
"""Examples to train on, and examples to test on."""
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
        return total

    @staticmethod
    def spread(values: Sequence[float]) -> tuple[float, float]:
        """Return mean and standard deviation over the folds."""
        return (fmean(values), pstdev(values)) if values else (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    data: NluData
    split: Split
    train: TrainParser


def cross_validate(
    data: NluData,
    train: TrainParser,
    splits: Iterable[Split],
    *,
    jobs: int = 1,
    progress: Tell = lambda _: None,
) -> CrossValidation:
    """Train and test once for each split; the result does not depend on the number of jobs.

    Args:
        data: All examples, and what else belongs to them.
        train: Trains an interpreter on a part of them; with several jobs it is sent to other
            processes.
        splits: As :func:`folds` or :func:`held_out` make them.
        jobs: So many processes at once.
        progress: Told of steps as they are done; :func:`effort` says how many there are.
    """
    tasks = [_Fold(data=data, split=split, train=train) for split in splits]
    done = in_processes(_run_fold, tasks, jobs=jobs, progress=progress)
    return CrossValidation(
        train=tuple(seen for seen, _ in done), test=tuple(unseen for _, unseen in done)
    )


def effort(splits: Iterable[Split]) -> int:
    """Return of how many steps :func:`cross_validate` will tell."""
    return sum((TRAINING_EFFORT + 1) * len(rest) + len(part) for rest, part in splits)


def _run_fold(fold: _Fold, tell: Tell) -> tuple[UnderstandingResults, UnderstandingResults]:
    rest, part = fold.split
    parser = fold.train(replace(fold.data, examples=tuple(rest)))
    tell(TRAINING_EFFORT * len(rest))
    steps = _Steps(tell)
    explaining = parser if isinstance(parser, ExplainingParser) else None

    async def play() -> tuple[UnderstandingResults, UnderstandingResults]:
        try:
            seen = await play_examples(parser, rest, progress=steps.one)
            unseen = await play_examples(parser, part, progress=steps.one, explaining=explaining)
        finally:
            await parser.close()
        return seen, unseen

    played = asyncio.run(play())
    steps.rest()
    return played


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


def folds(examples: Sequence[Example], count: int, seed: int = 0) -> Iterator[Split]:
    """Yield (train, test) pairs in which every intent is spread evenly over the test parts.

    At most as many folds as the rarest intent has examples are sensible, since a model cannot
    know an intent that only the test part has.

    Args:
        examples: All examples.
        count: Number of parts.
        seed: Decides which examples come together.

    Raises:
        ProjectError: There are fewer examples than folds.
    """
    if count < 2 or len(examples) < count:
        raise ProjectError(
            f"cannot make {count} folds of {len(examples)} examples — use at least 2 folds and"
            " at least as many examples"
        )
    fold_of = {}
    dealt = 0
    for indices in _by_intent(examples, seed):
        for index in indices:
            fold_of[index] = dealt % count
            dealt += 1
    for fold in range(count):
        rest = [example for index, example in enumerate(examples) if fold_of[index] != fold]
        part = [example for index, example in enumerate(examples) if fold_of[index] == fold]
        yield rest, part


def held_out(examples: Sequence[Example], share: float, seed: int = 0) -> Split:
    """Return a (train, test) pair; the test part has about ``share`` of each intent.

    An intent with a single example keeps it for training.

    Raises:
        ProjectError: One of the two parts would be empty.
    """
    chosen: set[int] = set()
    dealt = 0.0
    for indices in _by_intent(examples, seed):
        for index in indices if len(indices) > 1 else ():
            dealt += share
            if dealt >= 1:
                dealt -= 1
                chosen.add(index)
    if not chosen or len(chosen) == len(examples):
        raise ProjectError(
            f"cannot hold out {share:g} of {len(examples)} examples — write more, or another share"
        )
    rest = [example for index, example in enumerate(examples) if index not in chosen]
    return rest, [example for index, example in enumerate(examples) if index in chosen]


def _by_intent(examples: Sequence[Example], seed: int) -> Iterator[list[int]]:
    """Yield the positions of each intent's examples, shuffled."""
    by_intent: dict[str | None, list[int]] = defaultdict(list)
    for index, example in enumerate(examples):
        by_intent[example.full_intent].append(index)
    shuffle = random.Random(seed).shuffle
    for indices in by_intent.values():
        shuffle(indices)
        yield indices
