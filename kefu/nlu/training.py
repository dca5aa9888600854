"""Training the pipeline of a project."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kefu.clock import SystemClock
from kefu.core.domain import Domain
from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.nlu.component import Component, Lesson, Surroundings
from kefu.nlu.corpus import Corpus
from kefu.nlu.featurizers.options import feature_options
from kefu.nlu.message import Message
from kefu.nlu.pipeline import BuiltStep, Pipeline
from kefu.nlu.plan import Plan, Step, plan_pipeline
from kefu.nlu.registry import implementation
from kefu.nlu.segmentation import segment
from kefu.nlu.tokens import Token
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.settings import ModelConfig

__all__ = ["DEFAULT_SEED", "TrainedPipeline", "check_pipeline", "train_pipeline"]

DEFAULT_SEED = 20161110


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedPipeline:
    """What training a pipeline gave."""

    parts: Parts
    summary: tuple[str, ...] = ()
    """One line a fact: what stands in for what, how much was learned, how well, how long."""
    problems: tuple[Problem, ...] = ()
    """Warnings; an error would have ended training."""


def check_pipeline(config: ModelConfig, *, allow_missing_components: bool = False) -> list[Problem]:
    """Return what is wrong or odd about the pipeline of ``config``, without training it."""
    return plan_pipeline(config, allow_missing_components=allow_missing_components).problems


def train_pipeline(
    config: ModelConfig,
    data: NluData,
    domain: Domain | None = None,
    *,
    allow_missing_components: bool = False,
    seed: int = DEFAULT_SEED,
    root: Path | None = None,
) -> TrainedPipeline:
    """Train every component; the same arguments give the same parts, byte by byte.

    Args:
        config: The pipeline and the language.
        data: What to learn from.
        domain: Responses of retrieval intents are looked up here too.
        allow_missing_components: Replace components that cannot be had instead of refusing.
        seed: For everything random.
        root: The project's folder; default: the working directory.

    Raises:
        ProjectError: The pipeline cannot be trained; the text has a line a problem.
    """
    plan = plan_pipeline(config, allow_missing_components=allow_missing_components)
    errors = [problem for problem in plan.problems if problem.severity == "error"]
    if errors:
        raise ProjectError("\n".join(map(str, errors)))
    started = time.perf_counter()
    surroundings = Surroundings(language=config.language, clock=SystemClock())
    lesson = _prepare(plan, data, domain, surroundings, seed, root or Path())
    lesson.summary.extend(plan.notes)
    steps = [_build(step, lesson) for step in plan.steps if step.entry.target]
    space = lesson.corpus.space if any(step.needs_vectors for step in steps) else None
    parts = Pipeline(steps, space).save() | {"language": config.language}
    examples = len(lesson.corpus.examples)
    intents = len({example.intent for example in data.examples if example.intent})
    seconds = time.perf_counter() - started
    return TrainedPipeline(
        parts=parts,
        summary=(f"{examples} examples, {intents} intents in {seconds:.2f} s", *lesson.summary),
        problems=(*plan.problems, *lesson.problems),
    )


def _build(step: Step, lesson: Lesson) -> BuiltStep:
    return BuiltStep(
        config=step.config,
        component=implementation(step.entry).train(step.config, lesson),
        needs_vectors=step.entry.needs_vectors,
    )


def _prepare(
    plan: Plan,
    data: NluData,
    domain: Domain | None,
    surroundings: Surroundings,
    seed: int,
    root: Path,
) -> Lesson:
    options = feature_options(s.config for s in plan.steps if s.entry.role == "featurizer")
    lesson = Lesson(
        data=data,
        corpus=Corpus(data, tokenize=segment, options=options),
        surroundings=surroundings,
        domain=domain,
        seed=seed,
        root=root,
    )
    makers = [s for s in plan.steps if s.entry.role in ("provider", "tokenizer") and s.entry.target]
    if not makers:
        return lesson
    built = [implementation(step.entry).train(step.config, lesson) for step in makers]
    return replace(lesson, corpus=Corpus(data, tokenize=_tokens_by(built), options=options))


def _tokens_by(components: Sequence[Component]) -> Callable[[str], list[Token]]:
    def tokenize(text: str) -> list[Token]:
        message = Message(text=text)
        for component in components:
            component.process(message)
        return message.words()

    return tokenize
