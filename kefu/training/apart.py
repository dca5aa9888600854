"""Training in a process of its own, while this one goes on answering."""

from __future__ import annotations

import logging
import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path

from kefu.errors import KefuError
from kefu.logs import fields
from kefu.project.files import Paths
from kefu.project.known_files import KnownFiles
from kefu.project.load import load_project
from kefu.project.project import LoadedProject
from kefu.training.cache import StepCache
from kefu.training.options import TrainingOptions
from kefu.training.steps import run_step, steps_of, what_to_train
from kefu.training.story_examples import with_story_examples

__all__ = ["ProjectFiles", "train_apart"]

log = logging.getLogger(__name__)

KINDNESS = 10
"""So much others go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFiles:
    """Where a project has its files, as the options of ``kefu train`` say."""

    root: Path = Path()
    domain: Paths | None = None
    config: Path | None = None
    data: Paths | None = None

    def load(self, known: KnownFiles | None = None) -> LoadedProject:
        """Read and check it; files that are ``known`` need not be read again."""
        return load_project(
            self.root, domain=self.domain, config=self.config, data=self.data, known=known
        )


def train_apart(files: ProjectFiles, options: TrainingOptions) -> bool:
    """Train from scratch in another process; the cache takes the result.

    Returns:
        Whether it came to its end. Files with errors, and a process that was killed, are
        logged.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=_train, args=(files, options), name="kefu-train", daemon=True
    )
    process.start()
    process.join()
    if process.exitcode:
        log.warning("the training apart has failed", extra=fields(status=process.exitcode))
    return process.exitcode == 0


def _train(files: ProjectFiles, options: TrainingOptions) -> None:
    os.nice(KINDNESS)
    loaded = files.load()
    if loaded.project is None or loaded.has_errors or options.cache_folder is None:
        raise SystemExit(1)
    project = with_story_examples(loaded.project)
    cache = StepCache(options.cache_folder)
    try:
        what, _ = what_to_train(project, options.what)
        for step in steps_of(project, options, what):
            if not cache.has(step.key):
                run_step(step, cache)
    except KefuError as error:
        raise SystemExit(1) from error
