"""Training: a project in, a model archive out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from kefu.clock import Clock, SystemClock
from kefu.core.parts import Parts, prefixed
from kefu.errors import ModelError
from kefu.model.archive import read_metadata, write_archive
from kefu.model.location import SUFFIX, latest_model
from kefu.model.metadata import ModelMetadata
from kefu.project.project import Project
from kefu.training.cache import StepCache
from kefu.training.names import model_file_name
from kefu.training.options import TrainingOptions
from kefu.training.steps import (
    Step,
    StepReport,
    metadata_of,
    run_step,
    steps_of,
    what_to_train,
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
    what, notes = what_to_train(project, options.what)
    steps = steps_of(project, options, what)
    metadata = metadata_of(project, steps, what)
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
        trained, report = run_step(step, cache, force=options.force)
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
    what, _ = what_to_train(project, options.what)
    return _still_right(options, metadata_of(project, steps_of(project, options, what), what))


def _outdated(steps: Sequence[Step], cache: StepCache | None, *, force: bool) -> tuple[str, ...]:
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
