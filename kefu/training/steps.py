"""The steps of a training, each with the fingerprint of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, cast

from kefu.core.parts import Parts
from kefu.errors import ProjectError
from kefu.model.metadata import ModelMetadata, Training
from kefu.project.problems import Problem
from kefu.project.project import Project
from kefu.training.cache import StepCache
from kefu.training.options import TrainingOptions
from kefu.training.sources import (
    core_fingerprint,
    knowledge_fingerprint,
    model_fingerprint,
    nlu_fingerprint,
)

if TYPE_CHECKING:
    from kefu.knowledge.knowledge import Knowledge
    from kefu.knowledge.training import TrainedKnowledge
    from kefu.nlu.memory import Memory

__all__ = ["Step", "StepReport", "Trained", "metadata_of", "run_step", "steps_of", "what_to_train"]

_SUMMARY = "summary"
QUICK_STORIES = 50
"""With fewer stories, policies are trained from scratch in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """What became of one step."""

    name: str
    seconds: float
    was_cached: bool
    summary: tuple[str, ...] = ()
    """One line a fact: which learner stands in for what, how much was learned."""
    problems: tuple[Problem, ...] = ()
    """Warnings that only learning could find."""


@dataclass(slots=True, kw_only=True)
class Step:
    """Something to train, and the fingerprint of what it is trained from."""

    name: str
    prefix: str
    key: str
    run: Callable[[], Trained] = field(repr=False)
    again: Callable[[Any], Trained] | None = field(default=None, repr=False)
    """Trains with what the last training knew, and is quick where little has changed; None: there
    is no such thing."""


class Trained(Protocol):
    """What a step's training gives."""

    @property
    def parts(self) -> Parts:
        """What goes into the archive."""
        ...

    @property
    def summary(self) -> tuple[str, ...]:
        """One line a fact."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings that only learning could find."""
        ...


def metadata_of(project: Project, steps: Sequence[Step], what: Training) -> ModelMetadata:
    """Return what a model says of itself."""
    key = model_fingerprint(*(s.key for s in steps), config=project.config, domain=project.domain)
    return ModelMetadata(
        fingerprint=key,
        language=project.config.language,
        assistant_id=project.config.assistant_id,
        training=what,
        counts=_counts(project, what),
    )


def what_to_train(project: Project, wanted: Training) -> tuple[Training, list[str]]:
    """Return what of ``wanted`` can be trained, and what the trainer should know of that.

    Raises:
        ProjectError: There is nothing to train on.
    """
    nlu = project.nlu
    has_nlu = bool(nlu.examples or nlu.lookups or nlu.regexes or nlu.sentiments)
    has_stories = bool(project.stories.stories or project.stories.rules)
    if wanted == "nlu" and not has_nlu:
        raise ProjectError("there is no NLU data to train on — add examples, or check --nlu")
    if wanted == "core" and not has_stories:
        raise ProjectError("there are no stories or rules to train on — check --stories")
    if not has_nlu and not has_stories:
        raise ProjectError(
            "there is no training data — put NLU data, stories or rules into data/, or check --data"
        )
    if wanted == "both" and not has_stories:
        return "nlu", ["No stories or rules: the model understands, but cannot answer."]
    if wanted == "both" and not has_nlu:
        return "core", ["No NLU data: the model understands only messages like /greet."]
    return wanted, []


def steps_of(project: Project, options: TrainingOptions, what: Training) -> list[Step]:
    """Return what has to be trained, in order."""
    steps = []
    if what != "core":
        steps.append(_nlu_step(project, options))
        if project.articles:
            steps.append(_knowledge_step(project))
    if what != "nlu":
        steps.append(_core_step(project, options))
    return steps


def _nlu_step(project: Project, options: TrainingOptions) -> Step:
    settings: dict[str, Any] = {"allow_missing_components": options.allow_missing_components}
    if options.seed is not None:
        settings["seed"] = options.seed

    def again(memory: Memory | None) -> Trained:
        from kefu.nlu.training import train_pipeline  # noqa: PLC0415 - not needed when cached

        return train_pipeline(
            project.config,
            project.nlu,
            project.domain,
            root=project.root,
            memory=memory,
            **settings,
        )

    def run() -> Trained:
        return again(None)

    key = nlu_fingerprint(project.config, project.nlu, project.domain, settings, root=project.root)
    return Step(name="understanding", prefix="nlu", key=key, run=run, again=again)


def _knowledge_step(project: Project) -> Step:
    def again(before: TrainedKnowledge | Knowledge | None) -> Trained:
        from kefu.knowledge.training import train_knowledge  # noqa: PLC0415 - not if cached

        return train_knowledge(
            project.articles, project.nlu, project.stories.rules, project.domain, before=before
        )

    def run() -> Trained:
        return again(None)

    key = knowledge_fingerprint(project)
    return Step(name="knowledge", prefix="knowledge", key=key, run=run, again=again)


def _core_step(project: Project, options: TrainingOptions) -> Step:
    settings: dict[str, Any] = {"allow_missing_components": options.allow_missing_components}
    if options.augmentation is not None:
        settings["augmentation"] = options.augmentation
    if options.seed is not None:
        settings["seed"] = options.seed

    def again(before: Parts | None) -> Trained:
        from kefu.policies.training import train_policies  # noqa: PLC0415 - not needed when cached

        return train_policies(
            project.config, project.stories, project.domain, before=before, **settings
        )

    def run() -> Trained:
        return again(None)

    key = core_fingerprint(project.config, project.stories, project.domain, settings)
    is_quick = len(project.stories.stories) < QUICK_STORIES
    return Step(
        name="dialogue", prefix="policies", key=key, run=run, again=None if is_quick else again
    )


def _counts(project: Project, what: Training) -> dict[str, int]:
    counts = {}
    if what != "core":
        examples = project.nlu.examples
        counts["examples"] = len(examples)
        counts["intents"] = len({e.intent for e in examples if e.intent})
        counts["entities"] = len({a.entity for e in examples for a in e.entities})
    if what != "nlu":
        counts["stories"] = len(project.stories.stories)
        counts["rules"] = len(project.stories.rules)
    return counts


def run_step(
    step: Step, cache: StepCache | None, *, force: bool = False
) -> tuple[Parts, StepReport]:
    """Train, or take from the cache what the same step gave before."""
    started = perf_counter()
    parts = None if cache is None or force else cache.get(step.key)
    was_cached = parts is not None
    problems: tuple[Problem, ...] = ()
    if parts is None:
        trained = step.run()
        parts, summary, problems = trained.parts, trained.summary, trained.problems
        if cache is not None:
            cache.put(step.key, {**parts, _SUMMARY: list(summary)})
    else:
        summary = tuple(map(str, cast("list[str]", parts.pop(_SUMMARY, []))))
    report = StepReport(
        name=step.name,
        seconds=perf_counter() - started,
        was_cached=was_cached,
        summary=summary,
        problems=problems,
    )
    return parts, report
