"""What ``kefu test nlu`` does: trains or loads, plays examples, writes files, prints tables."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kefu.cli.output import counted, print_table, say, stop_on_errors
from kefu.cli.progress import progress_bar
from kefu.errors import ProjectError
from kefu.evaluation.calibration import calibration
from kefu.evaluation.confused_pairs import Culprit, confused_pairs
from kefu.evaluation.cross_validation import (
    CrossValidation,
    PipelineTrainer,
    Split,
    cross_validate,
    effort,
    folds,
    held_out,
)
from kefu.evaluation.entities import span_score
from kefu.evaluation.files import FileOptions, write_findings, write_understanding
from kefu.evaluation.metrics import Report
from kefu.evaluation.mislabelled import likely_mislabelled
from kefu.evaluation.page.content import About, known_by_heart, page_content
from kefu.evaluation.page.writing import page_language, write_page
from kefu.evaluation.understanding import UnderstandingResults, play_examples, play_sentiments
from kefu.model.load import Model, load_model
from kefu.project.load import load_project
from kefu.project.nlu_data import NluData
from kefu.project.project import Project

__all__ = ["NluTest", "run_nlu_test"]

INTENTS_SHOWN = 20
PAIRS_SHOWN = 5
PAGE = "nlu_report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class NluTest:
    """What was asked for on the command line."""

    model: Path
    nlu: Path | None
    config: Sequence[Path]
    domain: Path | None
    cross_validation: bool
    folds: int
    hold_out: float | None
    """Share of the examples."""
    jobs: int | None
    """None: one for each core."""
    allow_missing_components: bool
    report: bool
    report_language: str | None
    files: Mapping[str, Any]


def run_nlu_test(asked: NluTest) -> None:
    """Score examples, write and print the results."""
    if asked.hold_out is not None and asked.cross_validation:
        raise click.UsageError("--hold-out and --cross-validation are two ways; choose one.")
    if not asked.cross_validation and asked.hold_out is None and len(asked.config) < 2:
        _test_model(asked)
        return
    for path in asked.config or (None,):
        files = dict(asked.files)
        if path and len(asked.config) > 1:
            files["folder"] /= path.stem
            say(click.style(f"\n{path}", bold=True))
        _test_training(asked, path, FileOptions(**files))


def _test_model(asked: NluTest) -> None:
    loaded = load_model(asked.model)
    if loaded.metadata.training == "core":
        raise ProjectError(f"{loaded.path} has no NLU — run 'kefu train' or 'kefu train nlu'")
    data = _examples(asked.nlu)
    with progress_bar(len(data.examples), "Understanding") as step:
        results = asyncio.run(_play(loaded, data, lambda: step(1)))
    source = str(asked.nlu or "data")
    about = About(mode="hold-out", data=source, model=str(loaded.path))
    language = asked.report_language or page_language(loaded.metadata.language)
    seen = known_by_heart(results.intents)
    _finish(asked, results, FileOptions(**asked.files), about, language)
    if seen:
        of = counted(len(results.intents), "example")
        say(
            click.style("note: ", fg="yellow")
            + f"the model was trained on {seen:,} of these {of}, so the figures flatter it;"
            " --cross-validation and --hold-out give honest ones"
        )


async def _play(loaded: Model, data: NluData, step: Any) -> UnderstandingResults:
    interpreter = loaded.interpreter
    try:
        results = await play_examples(
            interpreter, data.examples, progress=step, explaining=interpreter
        )
        results.sentiments = await play_sentiments(interpreter, data.sentiments)
        return results
    finally:
        await interpreter.close()


def _test_training(asked: NluTest, config: Path | None, options: FileOptions) -> None:
    """Train on parts of the data and test on the others."""
    project = _project(config, asked.nlu, asked.domain)
    examples = project.nlu.examples
    if asked.hold_out is not None:
        splits: list[Split] = [held_out(examples, asked.hold_out)]
        about = About(mode="share", share=asked.hold_out, trained=len(splits[0][0]))
    else:
        splits = list(folds(examples, asked.folds))
        about = About(mode="folds", folds=asked.folds, trained=len(examples))
    validated = _validated(asked, project, splits)
    _print_folds(validated)
    language = asked.report_language or page_language(project.config.language)
    _finish(asked, validated.together(), options, about, language)


def _validated(asked: NluTest, project: Project, splits: Sequence[Split]) -> CrossValidation:
    train = PipelineTrainer(
        config=project.config,
        domain=project.domain,
        root=project.root,
        allow_missing_components=asked.allow_missing_components,
    )
    jobs = min(asked.jobs or _cores(), len(splits))
    label = f"{counted(len(splits), 'fold')} on {counted(jobs, 'core')}"
    with progress_bar(effort(splits), label) as step:
        return cross_validate(project.nlu, train, splits, jobs=jobs, progress=step)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _project(config: Path | None, nlu: Path | None, domain: Path | None) -> Project:
    loaded = load_project(config=config, domain=domain, data=nlu, parts=("config", "domain", "nlu"))
    stop_on_errors(loaded.problems)
    if loaded.project is None or not loaded.project.nlu.examples:
        raise ProjectError("there are no NLU examples — check --nlu")
    return loaded.project


def _examples(nlu: Path | None) -> NluData:
    loaded = load_project(data=nlu, parts=("nlu",))
    stop_on_errors(loaded.problems)
    if loaded.project is None or not loaded.project.nlu.examples:
        raise ProjectError("there are no NLU examples — check --nlu")
    return loaded.project.nlu


def _finish(
    asked: NluTest,
    results: UnderstandingResults,
    options: FileOptions,
    about: About,
    language: str,
) -> None:
    write_understanding(results, options)
    page = options.folder / PAGE
    if asked.report:
        write_findings(results, options.folder)
        write_page(page, page_content(results, about), language=language)
    else:
        page.unlink(missing_ok=True)
        page.with_suffix(".json").unlink(missing_ok=True)
    rows = list(_summary_rows(results))
    if not rows:
        say("There was nothing to score: fewer than two intents, and no entities.")
        return
    intents = results.intent_report()
    if intents is not None:
        _print_confusions(intents)
        _print_pairs(results)
    print_table(("", "accuracy", "precision", "recall", "F1 macro", "F1 weighted", "of"), rows)
    if intents is not None:
        say(f"Expected calibration error of intents: {calibration(results.intents).error:.3f}.")
    suspects = len(likely_mislabelled(results.intents))
    if suspects:
        say(f"{counted(suspects, 'example')} may be in the wrong intent; the report lists them.")
    say(
        f"Reports are in {options.folder}/"
        + (f"; open {page} in a browser." if asked.report else ".")
    )


def _summary_rows(results: UnderstandingResults) -> Iterator[tuple[str, ...]]:
    for name, report in (
        ("intents", results.intent_report()),
        ("answers", results.response_report()),
        ("sentiments", results.sentiment_report()),
    ):
        if report is not None:
            yield _report_row(name, report)
    for extractor, report in results.entity_reports().items():
        yield _report_row(f"words by {extractor}", report)
    if results.entities:
        spans = span_score(results.entities)
        figures = (f"{spans.precision:.3f}", f"{spans.recall:.3f}", "", f"{spans.f1:.3f}")
        yield ("whole entities", "", *figures, f"{spans.support:,}")


def _report_row(name: str, report: Report) -> tuple[str, ...]:
    precision, recall, f1 = report.weighted
    return (
        name,
        f"{report.accuracy:.3f}",
        f"{precision:.3f}",
        f"{recall:.3f}",
        f"{report.macro[2]:.3f}",
        f"{f1:.3f}",
        f"{report.total:,}",
    )


def _print_confusions(report: Report) -> None:
    """Print the intents that were mistaken for others, the worst first."""
    confused = sorted(
        (item for item in report.labels.items() if item[1].confused_with),
        key=lambda item: (item[1].f1, item[0]),
    )
    rows = [
        (
            name,
            f"{score.precision:.2f}",
            f"{score.recall:.2f}",
            f"{score.f1:.2f}",
            str(score.support),
            ", ".join(f"{other or '(none)'} {n}" for other, n in score.confused_with[:3]),
        )
        for name, score in confused[:INTENTS_SHOWN]
    ]
    if rows:
        print_table(("intent", "precision", "recall", "F1", "of", "taken for"), rows)
    if len(confused) > INTENTS_SHOWN:
        say(f"... and {len(confused) - INTENTS_SHOWN} more intents with errors")


def _print_pairs(results: UnderstandingResults) -> None:
    """Print which intents are confused most often, and by which n-grams."""
    rows = []
    for pair in confused_pairs(results.intents)[:PAIRS_SHOWN]:
        for one, other, number, culprits in (
            (pair.first, pair.second, pair.first_as_second, pair.to_second),
            (pair.second, pair.first, pair.second_as_first, pair.to_first),
        ):
            if number:
                grams = "  ".join(_gram(culprit) for culprit in culprits[:6])
                rows.append((one, other, str(number), grams))
    if rows:
        columns = ("intent", "taken for", "times", "what spoke for it")
        print_table(columns, rows, title="Most often confused")


def _gram(culprit: Culprit) -> str:
    if culprit.kind == "words":
        return f"word {culprit.feature}"
    is_text = culprit.kind == "characters"
    return culprit.feature.replace(" ", "␣") if is_text else culprit.feature


def _print_folds(validated: CrossValidation) -> None:
    rows = []
    for name, parts in (("seen", validated.train), ("unseen", validated.test)):
        reports = [report for report in (part.intent_report() for part in parts) if report]
        accuracy = validated.spread([report.accuracy for report in reports])
        f1 = validated.spread([report.weighted[2] for report in reports])
        spans = validated.spread([span_score(p.entities).f1 for p in parts if p.entities])
        rows.append(
            (name, *(f"{mean:.3f} ± {deviation:.3f}" for mean, deviation in (accuracy, f1, spans)))
        )
    print_table(("examples", "intent accuracy", "intent F1", "entity F1"), rows)
