"""What a step gave when it was last taken, and taking it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, cast

from kefu.core.parts import Parts
from kefu.knowledge.knowledge import Knowledge
from kefu.knowledge.training import TrainedKnowledge
from kefu.nlu.memory import Memory
from kefu.nlu.pipeline import Pipeline
from kefu.nlu.training import TrainedPipeline
from kefu.training.cache import StepCache
from kefu.training.steps import Step, StepReport, Trained, run_step

__all__ = ["KnownStep", "take_step"]


@dataclass(slots=True, kw_only=True, eq=False)
class KnownStep:
    """The result of a step, with what makes the next one quick."""

    step: Step
    report: StepReport
    trained: Trained | None = None
    """As it was trained in this process."""
    stored: Parts = field(default_factory=dict)
    """As it was trained before, or apart."""
    memory: Any = None
    """For ``step.again`` next time."""
    is_exact: bool = True
    """Whether training from scratch would give the very same."""

    @property
    def parts(self) -> Parts:
        """What goes into the archive."""
        return self.stored if self.trained is None else self.trained.parts

    @property
    def pipeline(self) -> Pipeline | None:
        """The pipeline, where it was trained in this process."""
        trained = self.trained
        return trained.pipeline if isinstance(trained, TrainedPipeline) else None

    def prepare(self) -> None:
        """Work out what the next time begins with."""
        if self.step.again is None:
            return
        if self.memory is None or (self.stored and self.is_exact):
            self.memory = _memory_of(self.step, self.stored)
        if isinstance(self.memory, Memory):
            self.memory.work_out()


def take_step(step: Step, before: KnownStep | None, cache: StepCache | None) -> KnownStep:
    """Return what a step gives: kept, from the cache, corrected, or trained from scratch."""
    is_cached = cache is not None and cache.has(step.key)
    if before is not None and before.step.key == step.key and (before.is_exact or not is_cached):
        return before
    if is_cached or step.again is None:
        parts, report = run_step(step, cache)
        memory = before.memory if before is not None else None
        return KnownStep(step=step, report=report, stored=parts, memory=memory)
    return _again(step, before, cache)


def _again(step: Step, before: KnownStep | None, cache: StepCache | None) -> KnownStep:
    started = perf_counter()
    assert step.again is not None
    if before is not None and before.memory is None:
        before.prepare()
    memory = before.memory if before is not None else None
    trained = step.again(Memory() if memory is None and step.prefix == "nlu" else memory)
    is_exact = memory is None
    if isinstance(trained, TrainedPipeline):
        memory = trained.memory
        is_exact = memory is not None and memory.is_exact
    elif isinstance(trained, TrainedKnowledge):
        memory = trained
    else:
        memory = trained.parts
    if is_exact and cache is not None:
        cache.put(step.key, {**trained.parts, "summary": list(trained.summary)})
    report = StepReport(
        name=step.name,
        seconds=perf_counter() - started,
        was_cached=False,
        summary=trained.summary,
        problems=trained.problems,
    )
    return KnownStep(step=step, report=report, trained=trained, memory=memory, is_exact=is_exact)


def _memory_of(step: Step, stored: Parts) -> Any:
    """Return what a training from scratch knew of which only the result is there."""
    if step.prefix == "policies":
        return stored
    if step.prefix == "knowledge":
        return Knowledge.load(stored)
    assert step.again is not None
    return cast("TrainedPipeline", step.again(Memory(stored=stored))).memory
