"""Training the pipeline of a project."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np

from kefu.clock import SystemClock
from kefu.core.domain import Domain
from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.nlu.classifiers.guesses import guessed
from kefu.nlu.component import Component, Lesson, Surroundings
from kefu.nlu.corpus import Corpus
from kefu.nlu.featurizers.options import FeatureOptions, feature_options
from kefu.nlu.featurizers.space import Floats
from kefu.nlu.memory import Memory
from kefu.nlu.message import Message
from kefu.nlu.pipeline import BuiltStep, Pipeline
from kefu.nlu.plan import Plan, Step, plan_pipeline
from kefu.nlu.pretrained.dense import DenseFeaturizer
from kefu.nlu.registry import implementation
from kefu.nlu.segmentation import segment
from kefu.nlu.text import without_surrogates
from kefu.nlu.tokens import Token
from kefu.project.named_files import named_contents
from kefu.project.nlu_data import Example, NluData, SentimentExample
from kefu.project.problems import Problem
from kefu.project.settings import ModelConfig

__all__ = ["DEFAULT_SEED", "TrainedPipeline", "check_pipeline", "train_pipeline"]

DEFAULT_SEED = 20161110


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedPipeline:
    """What training a pipeline gave."""

    pipeline: Pipeline
    language: str
    summary: tuple[str, ...] = ()
    """One line a fact: what stands in for what, how much was learned, how well, how long."""
    problems: tuple[Problem, ...] = ()
    """Warnings; an error would have ended training."""
    memory: Memory | None = None
    """For the next training, where one was asked for."""

    @property
    def parts(self) -> Parts:
        """What goes into the archive; collected each time."""
        return self.pipeline.save() | {"language": self.language}


def check_pipeline(
    config: ModelConfig, *, allow_missing_components: bool = False, root: Path | None = None
) -> list[Problem]:
    """Return what is wrong or odd about the pipeline of ``config``, without training it.

    Args:
        config: The pipeline and the language.
        allow_missing_components: Report as warnings what training would replace.
        root: The project's folder; default: the working directory.
    """
    return plan_pipeline(
        config, allow_missing_components=allow_missing_components, root=root or Path()
    ).problems


def train_pipeline(  # noqa: PLR0913 - each is a different thing
    config: ModelConfig,
    data: NluData,
    domain: Domain | None = None,
    *,
    allow_missing_components: bool = False,
    seed: int = DEFAULT_SEED,
    root: Path | None = None,
    memory: Memory | None = None,
) -> TrainedPipeline:
    """Train every component; the same arguments give the same parts, byte by byte.

    Args:
        config: The pipeline and the language.
        data: What to learn from.
        domain: Responses of retrieval intents are looked up here too.
        allow_missing_components: Replace components that cannot be had instead of refusing.
        seed: For everything random.
        root: The project's folder; default: the working directory.
        memory: What the last training knew, so that components are corrected rather than
            trained where little has changed; an empty one begins. None: everything is trained.

    Raises:
        ProjectError: The pipeline cannot be trained; the text has a line a problem.
    """
    root = root or Path()
    data = _whole(data)
    plan = plan_pipeline(config, allow_missing_components=allow_missing_components, root=root)
    errors = [problem for problem in plan.problems if problem.severity == "error"]
    if errors:
        raise ProjectError("\n".join(map(str, errors)))
    started = time.perf_counter()
    surroundings = Surroundings(language=config.language, clock=SystemClock())
    reading = _reading(plan, data, root)
    if memory is not None and not memory.stored and memory.reading != reading:
        memory = Memory()
    lesson = Lesson(
        data=data,
        corpus=Corpus(data, tokenize=segment, options=_options(plan), guess=guessed),
        surroundings=surroundings,
        domain=domain,
        seed=seed,
        root=root,
        memory=memory,
        kept=None if memory is None else Memory(reading=reading),
    )
    lesson, built = _prepare(plan, lesson)
    lesson.summary.extend(plan.notes)
    steps = [
        _build(step, lesson, built)
        for step in plan.steps
        if step.entry.target and (not step.is_implied or id(step) in built)
    ]
    space = lesson.corpus.space if any(step.needs_vectors for step in steps) else None
    if lesson.kept is not None:
        lesson.corpus.forget()
        lesson.kept.corpus = lesson.corpus
    examples = len(lesson.corpus.examples)
    intents = len({example.intent for example in data.examples if example.intent})
    seconds = time.perf_counter() - started
    return TrainedPipeline(
        pipeline=Pipeline(steps, space),
        language=config.language,
        memory=lesson.kept,
        summary=(f"{examples} examples, {intents} intents in {seconds:.2f} s", *lesson.summary),
        problems=(*plan.problems, *lesson.problems),
    )


def _whole(data: NluData) -> NluData:
    """Return the data without halves of characters in its texts, as messages are read."""
    return replace(
        data,
        examples=tuple(map(_whole_example, data.examples)),
        sentiments=tuple(map(_whole_example, data.sentiments)),
    )


_Labelled = TypeVar("_Labelled", Example, SentimentExample)


def _whole_example(example: _Labelled) -> _Labelled:
    text = without_surrogates(example.text)
    return example if text == example.text else replace(example, text=text)


_Built: TypeAlias = "dict[int, Component]"
"""Components that are trained already, by the identity of their step."""


def _build(step: Step, lesson: Lesson, built: _Built) -> BuiltStep:
    component = built.get(id(step)) or implementation(step.entry).train(step.config, lesson)
    return BuiltStep(
        config=step.config, component=component, needs_vectors=step.entry.needs_vectors
    )


def _options(plan: Plan) -> FeatureOptions:
    return feature_options(step.config for step in plan.steps if step.entry.role == "featurizer")


def _reading(plan: Plan, data: NluData, root: Path) -> str:
    """Return what the words and vectors of a text depend on, besides the other texts."""
    configs = [step.config for step in plan.steps if step.entry.role in _READERS]
    readers = [[config.name, config.settings] for config in configs]
    files = list(named_contents(configs, root))
    has_patterns = _options(plan).patterns and bool(data.regexes or data.lookups)
    return json.dumps([plan.language, readers, files, has_patterns], sort_keys=True, default=str)


def _prepare(plan: Plan, lesson: Lesson) -> tuple[Lesson, _Built]:
    """Train what reads texts, and let it read the examples."""
    built: _Built = {}
    for step in sorted(plan.steps, key=lambda step: step.is_implied):
        is_reader = step.entry.role in _READERS and bool(step.entry.target)
        if is_reader and not (step.is_implied and any(map(_is_dense, built.values()))):
            built[id(step)] = implementation(step.entry).train(step.config, lesson)
    if not built:
        return lesson, built
    reader = _Reader([built[id(step)] for step in plan.steps if id(step) in built])
    corpus = Corpus(
        lesson.data,
        tokenize=reader.tokens,
        dense=reader.dense if reader.has_dense else None,
        options=lesson.corpus.options,
        guess=guessed,
        before=None if lesson.memory is None else lesson.memory.corpus,
    )
    return replace(lesson, corpus=corpus), built


_READERS = ("provider", "tokenizer", "featurizer")


def _is_dense(component: Component) -> bool:
    return isinstance(component, DenseFeaturizer) and component.width > 0


class _Reader:
    """Reads examples with the first components of a pipeline."""

    def __init__(self, components: Sequence[Component]) -> None:
        self._featurizers = [
            c for c in components if isinstance(c, DenseFeaturizer) and _is_dense(c)
        ]
        self._others = [c for c in components if not isinstance(c, DenseFeaturizer)]
        self._read: dict[str, Message] = {}

    @property
    def has_dense(self) -> bool:
        """Whether there are features besides n-grams."""
        return bool(self._featurizers)

    def tokens(self, text: str) -> list[Token]:
        """Return the words of a text."""
        return self._message(text).words()

    def dense(self, texts: Sequence[str]) -> Floats:
        """Return the dense features of texts, those of all featurizers side by side."""
        if not texts:
            return np.zeros((0, sum(f.width for f in self._featurizers)), np.float32)
        messages = [self._message(text) for text in texts]
        blocks = [f.weighed(f.example_features(messages)) for f in self._featurizers]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def _message(self, text: str) -> Message:
        if text in self._read:
            return self._read[text]
        message = Message(text=text)
        for component in self._others:
            component.process(message)
        if self._featurizers:
            self._read[text] = message
        return message
