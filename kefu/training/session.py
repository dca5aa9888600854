"""Training again and again while files are edited: save → live.

:class:`TrainingSession` is the interface. It keeps in memory what the last training knew, so that
an edit costs what it changed. ``retrain()`` reads, checks and trains, and gives a model that is
ready to answer; ``write()`` makes the archive of it, for other processes; ``prepare()`` makes ready
for the next edit; ``train_exactly()`` has a process of its own train from scratch what was only
corrected, after which ``retrain()`` gives that model. All block; a server calls them in a thread.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from kefu.clock import Clock, SystemClock
from kefu.core.parts import Parts, prefixed
from kefu.errors import ProjectError
from kefu.model.archive import GZIP_LEVEL, write_archive
from kefu.model.load import Model, build_model
from kefu.model.metadata import ModelMetadata
from kefu.policies.once import shared_work
from kefu.project.garbage import collection_paused
from kefu.project.known_files import KnownFiles
from kefu.project.problems import Place, Problem
from kefu.project.project import LoadedProject, Project
from kefu.training.apart import ProjectFiles, train_apart
from kefu.training.cache import StepCache
from kefu.training.fingerprint import fingerprint
from kefu.training.known import KnownStep, take_step
from kefu.training.names import model_file_name
from kefu.training.options import TrainingOptions
from kefu.training.steps import StepReport, metadata_of, steps_of, what_to_train
from kefu.training.story_examples import with_story_examples
from kefu.training.validation import find_problems

__all__ = ["ProjectFiles", "Retrained", "TrainingSession"]

_PLACE = re.compile(r"(?P<file>[^:\s][^:]*):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<text>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """What came of training again."""

    status: Literal["trained", "unchanged", "invalid"]
    """``invalid``: the files have errors, nothing was trained, the last model is as good as ever.
    ``unchanged``: what was trained last still is right, though files may have been saved."""
    problems: tuple[Problem, ...] = ()
    """All that is wrong with the files, by file and line, warnings and notes included."""
    files: tuple[Path, ...] = ()
    """Every file that was read."""
    model: Model | None = None
    """Ready for use, with the path where :meth:`TrainingSession.write` will put it; None unless
    something was trained."""
    is_exact: bool = True
    """Whether ``kefu train`` would give the very same model; False: it was corrected only, see
    :meth:`TrainingSession.train_exactly`."""
    steps: tuple[StepReport, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each part of it took: ``read``, ``check``, ``train``, ``build``."""
    known: Mapping[str, KnownStep] = field(default_factory=dict, repr=False)
    """What each step gave, by its place in the archive."""


class TrainingSession:
    """Keeps a project trained while its files are edited; safe to use from several threads."""

    def __init__(
        self,
        files: ProjectFiles | None = None,
        options: TrainingOptions | None = None,
        *,
        clock: Clock | None = None,
        ahead: bool = False,
    ) -> None:
        """Begin without having read anything; the first :meth:`retrain` reads it all.

        Args:
            files: Where the project is; default: the working directory.
            options: As for a training; ``force`` and ``dry_run`` mean nothing here.
            clock: For names of archives, and for the models.
            ahead: Whether each training is followed by :meth:`prepare`, in a thread of its own.
        """
        self._ahead = ahead
        self._files = files or ProjectFiles()
        self._options = options or TrainingOptions()
        self._clock = clock or SystemClock()
        cache = self._options.cache_folder
        self._cache = StepCache(cache) if cache else None
        self._known_files = KnownFiles()
        self._checks = _Checks(self._options)
        self._known: dict[str, KnownStep] = {}
        self._fingerprint: str | None = None
        self._served = ""
        self._lock = threading.Lock()
        self.draft: Project | None = None
        """The project as it was read last, as far as that was possible."""

    def retrain(self) -> Retrained:
        """Read what changed, check it, train what it concerns; never raises for bad files."""
        retrained = self._retrain()
        if self._ahead and retrained.status == "trained":
            threading.Thread(target=self.prepare, name="kefu-prepare", daemon=True).start()
        return retrained

    def _retrain(self) -> Retrained:
        with self._lock, collection_paused(), shared_work():
            started = perf_counter()
            loaded = self._read()
            read = perf_counter()
            problems = self._checks.problems(loaded)
            checked = perf_counter()
            seconds = {"read": read - started, "check": checked - read}
            self.draft = draft = loaded.draft
            files = draft.files if draft is not None else ()
            if loaded.project is None or any(one.severity == "error" for one in problems):
                return _invalid(problems, files, seconds)
            try:
                return self._train(loaded.project, tuple(problems), seconds)
            except ProjectError as error:
                refused = _as_problems(error, loaded.project.places.config)
                return _invalid([*problems, *refused], files, seconds)

    def train_exactly(self) -> bool:
        """Have another process train from scratch what :meth:`retrain` only corrected.

        It runs with low priority and leaves its result in the cache, where the next
        :meth:`retrain` finds it if the files are still the same. May be called while
        :meth:`retrain` runs. Without a cache nothing is done.

        Returns:
            Whether there is something new for :meth:`retrain` to take.
        """
        if self._cache is None:
            return False
        return train_apart(self._files, self._options)

    def write(self, retrained: Retrained) -> Path:
        """Write the archive of a model that :meth:`retrain` gave; return its path."""
        model = retrained.model
        if model is None:
            raise ValueError("nothing was trained, so there is nothing to write")
        parts: Parts = {"domain": model.domain.data}
        for prefix, one in retrained.known.items():
            parts |= prefixed(prefix, one.parts)
        # What is only corrected is replaced soon: then writing it quickly counts, not its size.
        level = GZIP_LEVEL if retrained.is_exact else 1
        write_archive(model.path, model.metadata, parts, level=level)
        return model.path

    def prepare(self) -> None:
        """Make ready for the next edit: to be called when there is time, after each training.

        Without it the next :meth:`retrain` takes that time, which is a second or two after a
        model was taken from the cache, and otherwise little.
        """
        with self._lock:
            for one in self._known.values():
                one.prepare()

    def _read(self) -> LoadedProject:
        return self._files.load(self._known_files)

    def _train(
        self, project: Project, problems: tuple[Problem, ...], seconds: dict[str, float]
    ) -> Retrained:
        started = perf_counter()
        project = with_story_examples(project)
        what, _ = what_to_train(project, self._options.what)
        steps = steps_of(project, self._options, what)
        metadata = metadata_of(project, steps, what)
        known = {
            step.prefix: take_step(step, self._known.get(step.prefix), self._cache)
            for step in steps
        }
        exactly = metadata.fingerprint
        if exactly == self._fingerprint and known == self._known:
            return Retrained(
                status="unchanged",
                problems=problems,
                files=project.files,
                is_exact=all(one.is_exact for one in known.values()),
                seconds=seconds,
            )
        trained = perf_counter()
        metadata = self._named(metadata, known)
        model = self._model(metadata, project, known)
        self._known, self._fingerprint = known, exactly
        self._served = metadata.fingerprint
        reports = tuple(one.report for one in known.values())
        return Retrained(
            status="trained",
            problems=(*problems, *_new(problems, reports)),
            files=project.files,
            model=model,
            is_exact=all(one.is_exact for one in known.values()),
            steps=reports,
            seconds={
                **seconds,
                "train": trained - started,
                "build": perf_counter() - trained,
            },
            known=known,
        )

    def _named(self, metadata: ModelMetadata, known: Mapping[str, KnownStep]) -> ModelMetadata:
        """Return what a model says of itself; no corrected one is taken for an exact one."""
        if all(one.is_exact for one in known.values()):
            return metadata
        own = fingerprint("corrected", metadata.fingerprint, self._served)
        return replace(metadata, fingerprint=own)

    def _model(
        self, metadata: ModelMetadata, project: Project, known: Mapping[str, KnownStep]
    ) -> Model:
        nlu = known.get("nlu")
        parts: Parts = {"domain": project.domain.data}
        for prefix, one in known.items():
            if prefix != "nlu" or one.pipeline is None:
                parts |= prefixed(prefix, one.parts)
        return build_model(
            self._path(metadata),
            metadata,
            parts,
            clock=self._clock,
            pipeline=None if nlu is None else nlu.pipeline,
        )

    def _path(self, metadata: ModelMetadata) -> Path:
        name = model_file_name(
            metadata.fingerprint,
            self._clock,
            kind=metadata.training,
            fixed=self._options.model_name,
        )
        return self._options.out / name


class _Checks:
    """Checks a project; dialogue that was in order, and has not changed, not again."""

    def __init__(self, options: TrainingOptions) -> None:
        self._options = options
        self._in_order: tuple[Any, ...] | None = None

    def problems(self, loaded: LoadedProject) -> list[Problem]:
        """Return all problems of a project, by file and line."""
        project = loaded.project or loaded.draft
        dialogue = None
        if project is not None:
            dialogue = (project.stories, project.domain.data, project.config.policies)
        is_in_order = dialogue is not None and dialogue == self._in_order
        found = find_problems(
            loaded,
            what="nlu" if is_in_order else self._options.what,
            only_stories=is_in_order and self._options.what == "core",
            allow_missing_components=self._options.allow_missing_components,
        )
        if not is_in_order:
            is_all_right = not loaded.has_errors and len(found) == len(loaded.problems)
            self._in_order = dialogue if is_all_right else None
        return found


def _invalid(
    problems: Sequence[Problem], files: tuple[Path, ...], seconds: Mapping[str, float]
) -> Retrained:
    return Retrained(status="invalid", problems=tuple(problems), files=files, seconds=seconds)


def _new(known: Sequence[Problem], reports: Sequence[StepReport]) -> list[Problem]:
    return [one for report in reports for one in report.problems if one not in known]


def _as_problems(error: ProjectError, place: Place) -> list[Problem]:
    """Return what a refused training says, a line a problem."""
    found = []
    for line in str(error).splitlines():
        match = _PLACE.fullmatch(line)
        where = place
        if match is not None:
            where = Place(match["file"], int(match["line"]), int(match["column"] or 0))
        found.append(
            Problem(
                place=where,
                severity="error",
                code="project.not-trainable",
                message=match["text"] if match is not None else line,
            )
        )
    return found
