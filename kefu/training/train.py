"""Training: a project in, a model archive out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, Protocol, cast

from kefu.clock import Clock, SystemClock
from kefu.core.parts import Parts, prefixed
from kefu.errors import ModelError, ProjectError
from kefu.model.archive import read_metadata, write_archive
from kefu.model.location import SUFFIX, latest_model
from kefu.model.metadata import ModelMetadata, Training
from kefu.project.problems import Problem
from kefu.project.project import Project
from kefu.training.cache import DEFAULT_FOLDER, StepCache
from kefu.training.names import model_file_name
from kefu.training.sources import (
    core_fingerprint,
    knowledge_fingerprint,
    model_fingerprint,
    nlu_fingerprint,
)
from kefu.training.story_examples import with_story_examples

__all__ = [
    "Progress",
    "StepReport",
    "TrainingOptions",
    "TrainingResult",
    "train",
    "unchanged_model",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """What ``kefu train``'s options say."""

    out: Path = Path("models")
    model_name: str | None = None
    """Name of the archive; None: made from the time and two words."""
    what: Training = "both"
    force: bool = False
    """Train everything, even what has not changed."""
    dry_run: bool = False
    """Only find out what would be trained."""
    augmentation: int | None = None
    """How many conversations to glue together for the learned policies; None: the default."""
    seed: int | None = None
    """For everything random; None: the default, always the same."""
    allow_missing_components: bool = False
    keep_nlu_data: bool = False
    """Put the NLU training data into the archive."""
    cache_folder: Path | None = DEFAULT_FOLDER
    """None: nothing is cached."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What training came to."""

    status: Literal["trained", "unchanged", "dry run"]
    path: Path | None
    """The archive: new, or the one that is still right. None after a dry run."""
    metadata: ModelMetadata
    steps: tuple[StepReport, ...] = ()
    outdated: tuple[str, ...] = ()
    """Names of the steps that have to be trained; filled by a dry run."""
    notes: tuple[str, ...] = ()
    """What the trainer should know, for example that only one half could be trained."""


class Progress(Protocol):
    """Is told how training goes."""

    def begin(self, step: str, position: int, count: int) -> None:
        """Step number ``position`` of ``count`` begins."""
        ...

    def end(self, report: StepReport) -> None:
        """The step has ended."""
        ...


class _Silent:
    def begin(self, step: str, position: int, count: int) -> None:
        """Say nothing."""

    def end(self, report: StepReport) -> None:
        """Say nothing."""


@dataclass(slots=True, kw_only=True)
class _Step:
    name: str
    prefix: str
    key: str
    run: Callable[[], Trained] = field(repr=False)


class Trained(Protocol):
    """What a step's training gives."""

    @property
    def parts(self) -> Parts: ...
    @property
    def summary(self) -> tuple[str, ...]: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...


def train(
    project: Project,
    options: TrainingOptions | None = None,
    *,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> TrainingResult:
    """Train a model of ``project``, or find that the newest model still is one.

    The caller has looked at the project's problems; those that only learners can find are
    raised here.

    Raises:
        ProjectError: There is nothing to train on, or the data contradicts itself.
    """
    options = options or TrainingOptions()
    project = with_story_examples(project)
    what, notes = _what_to_train(project, options.what)
    steps = _steps(project, options, what)
    metadata = _metadata(project, steps, what)
    newest = _still_right(options, metadata)
    if newest is not None and not options.dry_run:
        return TrainingResult(
            status="unchanged", path=newest, metadata=metadata, notes=tuple(notes)
        )
    cache = StepCache(options.cache_folder) if options.cache_folder else None
    if options.dry_run:
        outdated = () if newest else _outdated(steps, cache, force=options.force)
        return TrainingResult(
            status="dry run", path=None, metadata=metadata, outdated=outdated, notes=tuple(notes)
        )
    parts: Parts = {"domain": project.domain.data}
    reports = []
    for position, step in enumerate(steps, 1):
        (progress or _Silent()).begin(step.name, position, len(steps))
        trained, report = _run(step, cache, force=options.force)
        parts |= prefixed(step.prefix, trained)
        reports.append(report)
        (progress or _Silent()).end(report)
    if options.keep_nlu_data:
        parts["training_data/nlu"] = _nlu_data(project)
    key = metadata.fingerprint
    name = model_file_name(key, clock or SystemClock(), kind=what, fixed=options.model_name)
    write_archive(options.out / name, metadata, parts)
    return TrainingResult(
        status="trained",
        path=options.out / name,
        metadata=metadata,
        steps=tuple(reports),
        notes=tuple(notes),
    )


def unchanged_model(project: Project, options: TrainingOptions) -> Path | None:
    """Return the newest model if training would give the very same one."""
    project = with_story_examples(project)
    what, _ = _what_to_train(project, options.what)
    return _still_right(options, _metadata(project, _steps(project, options, what), what))


def _metadata(project: Project, steps: Sequence[_Step], what: Training) -> ModelMetadata:
    key = model_fingerprint(*(s.key for s in steps), config=project.config, domain=project.domain)
    return ModelMetadata(
        fingerprint=key,
        language=project.config.language,
        assistant_id=project.config.assistant_id,
        training=what,
        counts=_counts(project, what),
    )


def _what_to_train(project: Project, wanted: Training) -> tuple[Training, list[str]]:
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


def _steps(project: Project, options: TrainingOptions, what: Training) -> list[_Step]:
    steps = []
    if what != "core":
        steps.append(_nlu_step(project, options))
        if project.articles:
            steps.append(_knowledge_step(project))
    if what != "nlu":
        steps.append(_core_step(project, options))
    return steps


def _nlu_step(project: Project, options: TrainingOptions) -> _Step:
    settings: dict[str, Any] = {"allow_missing_components": options.allow_missing_components}
    if options.seed is not None:
        settings["seed"] = options.seed

    def run() -> Trained:
        from kefu.nlu.training import train_pipeline  # noqa: PLC0415 - not needed when cached

        return train_pipeline(
            project.config, project.nlu, project.domain, root=project.root, **settings
        )

    key = nlu_fingerprint(project.config, project.nlu, project.domain, settings, root=project.root)
    return _Step(name="understanding", prefix="nlu", key=key, run=run)


def _knowledge_step(project: Project) -> _Step:
    def run() -> Trained:
        from kefu.knowledge.training import train_knowledge  # noqa: PLC0415 - not if cached

        return train_knowledge(project.articles, project.nlu, project.stories.rules, project.domain)

    key = knowledge_fingerprint(project)
    return _Step(name="knowledge", prefix="knowledge", key=key, run=run)


def _core_step(project: Project, options: TrainingOptions) -> _Step:
    settings: dict[str, Any] = {"allow_missing_components": options.allow_missing_components}
    if options.augmentation is not None:
        settings["augmentation"] = options.augmentation
    if options.seed is not None:
        settings["seed"] = options.seed

    def run() -> Trained:
        from kefu.policies.training import train_policies  # noqa: PLC0415 - not needed when cached

        return train_policies(project.config, project.stories, project.domain, **settings)

    key = core_fingerprint(project.config, project.stories, project.domain, settings)
    return _Step(name="dialogue", prefix="policies", key=key, run=run)


def _run(step: _Step, cache: StepCache | None, *, force: bool) -> tuple[Parts, StepReport]:
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


_SUMMARY = "summary"


def _outdated(steps: Sequence[_Step], cache: StepCache | None, *, force: bool) -> tuple[str, ...]:
    return tuple(s.name for s in steps if force or cache is None or not cache.has(s.key))


def _still_right(options: TrainingOptions, metadata: ModelMetadata) -> Path | None:
    """Return the newest model if it was trained from the very same input."""
    newest = None if options.force else latest_model(options.out)
    if newest is None or options.keep_nlu_data:
        return None
    if options.model_name and newest.name.removesuffix(SUFFIX) != options.model_name.removesuffix(
        SUFFIX
    ):
        return None
    try:
        found = read_metadata(newest)
    except ModelError:
        return None
    is_same = found.fingerprint == metadata.fingerprint and found.training == metadata.training
    return newest if is_same else None


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


def _nlu_data(project: Project) -> Any:
    examples = [
        {
            "text": example.text,
            "intent": example.full_intent,
            "entities": [
                {"entity": a.entity, "value": a.value, "start": a.start, "end": a.end,
                 "role": a.role, "group": a.group}
                for a in example.entities
            ],
        }
        for example in project.nlu.examples
    ]  # fmt: skip
    return [
        *examples,
        *({"text": e.text, "sentiment": e.sentiment} for e in project.nlu.sentiments),
        *({"unlabeled": text} for text in project.nlu.unlabeled),
    ]
