"""Runs a training for the command line and tells how it goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

import click

from kefu.cli.output import counted, fails, is_quiet, print_problems, say
from kefu.model.metadata import Training
from kefu.project.files import DEFAULT_DOMAINS
from kefu.project.load import Part, load_project
from kefu.project.problems import Problem
from kefu.training.train import (
    StepReport,
    TrainingOptions,
    TrainingResult,
    train,
    unchanged_model,
)
from kefu.training.validation import find_problems

__all__ = ["run_training"]

WARNINGS_SHOWN = 10
PARTS: Mapping[Training, tuple[Part, ...]] = {
    "both": ("config", "domain", "nlu", "stories"),
    "nlu": ("config", "domain", "nlu"),
    "core": ("config", "domain", "nlu", "stories"),
}
"""What is read for each kind of training."""
DRY_RUN_OUTDATED = 1
DRY_RUN_FORCED = 8


def run_training(  # noqa: PLR0913 - one for each option of the command line
    options: TrainingOptions,
    *,
    config: Path | None,
    domain: Path | None,
    data: Sequence[Path],
    skip_validation: bool = False,
    fail_on_warnings: bool = False,
    max_history: int | None = None,
) -> int:
    """Load, check and train; print what there is to say and return the exit status."""
    started = perf_counter()
    loaded = load_project(
        config=config,
        domain=domain,
        data=data or None,
        parts=_parts(options.what, domain),
    )
    if loaded.project is not None and not (loaded.has_errors or fail_on_warnings):
        newest = unchanged_model(loaded.project, options)
        if newest is not None and not options.dry_run:
            return _tell_unchanged(newest)
    problems = find_problems(
        loaded,
        what=options.what,
        max_history=max_history,
        allow_missing_components=options.allow_missing_components,
    )
    if skip_validation and loaded.project is not None:
        problems = []
    print_problems(problems, at_most=None if fail_on_warnings else WARNINGS_SHOWN)
    if loaded.project is None or fails(problems, fail_on_warnings=fail_on_warnings):
        click.echo("Nothing was trained.", err=True)
        return 1
    result = train(loaded.project, options, progress=_Lines(known=problems))
    for note in result.notes:
        click.echo(click.style("note: ", fg="yellow") + note, err=True)
    return _tell(result, options, perf_counter() - started)


def _parts(what: Training, domain: Path | None) -> tuple[Part, ...]:
    """Return what to read; understanding can be trained without a domain."""
    parts = PARTS[what]
    has_domain = domain is not None or any(Path(name).exists() for name in DEFAULT_DOMAINS)
    if what == "nlu" and not has_domain:
        return tuple(part for part in parts if part != "domain")
    return parts


def _tell(result: TrainingResult, options: TrainingOptions, seconds: float) -> int:
    if result.status == "dry run":
        return _tell_dry_run(result, options)
    if result.path is None:
        return 1
    if result.status == "unchanged":
        return _tell_unchanged(result.path)
    size = -(-result.path.stat().st_size // 1000)
    done = click.style("Trained", fg="green", bold=True)
    counts = ", ".join(
        counted(number, noun, "stories" if noun == "story" else noun + "s")
        for noun, number in _named_counts(result)
    )
    say(f"{done} {result.path} ({size:,} kB) from {counts} in {seconds:.1f} s.")
    return 0


def _tell_unchanged(path: Path) -> int:
    say(f"Nothing has changed since {path} was trained.")
    say(click.style("Nothing to do; --force trains anyway.", dim=True))
    return 0


def _named_counts(result: TrainingResult) -> list[tuple[str, int]]:
    nouns = {
        "examples": "example",
        "intents": "intent",
        "entities": "entity type",
        "stories": "story",
        "rules": "rule",
    }
    return [(nouns[key], number) for key, number in result.metadata.counts.items() if number]


def _tell_dry_run(result: TrainingResult, options: TrainingOptions) -> int:
    if options.force:
        say("Everything would be trained: --force was given.")
        return DRY_RUN_FORCED
    if result.outdated:
        say(f"To be trained: {', '.join(result.outdated)}.")
        return DRY_RUN_OUTDATED
    say("No training is needed (responses may still have to be updated).")
    return 0


class _Lines:
    """Prints a line for each step; in a terminal, the step under way as well."""

    def __init__(self, known: Sequence[Problem]) -> None:
        self._known = set(map(str, known))
        self._is_live = sys.stdout.isatty() and not is_quiet()

    def begin(self, step: str, position: int, count: int) -> None:
        """Show the step under way."""
        if self._is_live:
            click.echo(click.style(f"  … {step} ({position}/{count})", dim=True), nl=False)

    def end(self, report: StepReport) -> None:
        """Replace it by what became of it."""
        if self._is_live:
            click.echo("\r\x1b[2K", nl=False)
        took = "unchanged" if report.was_cached else f"{report.seconds:.2f} s"
        mark = click.style("✓", fg="green")
        say(f"  {mark} {report.name:<14} {took}")
        for line in () if report.was_cached else report.summary:
            say(click.style(f"      {line}", dim=True))
        print_problems(
            [problem for problem in report.problems if str(problem) not in self._known],
            at_most=WARNINGS_SHOWN,
        )
