"""What ``kefu test nlu`` does: trains or loads, plays examples, writes files, prints tables."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kefu.cli.comparing import compare_understanding, distinct_names, overview
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
from kefu.evaluation.understanding import (
    LabelResult,
    UnderstandingResults,
    play_examples,
    play_sentiments,
)
from kefu.model.load import Model, load_model
from kefu.project.load import load_project
from kefu.project.nlu_data import NluData
from kefu.project.project import LoadedProject, Project

__all__ = ["NluTest", "run_nlu_test"]

INTENTS_SHOWN = 20
PAIRS_SHOWN = 5
PAGE = "nlu_report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class NluTest:
    """What was asked for on the command line."""

    models: Sequence[Path]
    """Each is compared with the first one."""
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
    trains = asked.cross_validation or asked.hold_out is not None or len(asked.config) > 1
    if trains and len(asked.models) > 1:
        raise click.UsageError("Models are compared as they are; leave training options out.")
    if not trains:
        _test_models(asked)
        return
    tried: list[UnderstandingResults] = []
    for path in asked.config or (None,):
        files = dict(asked.files)
        if path and len(asked.config) > 1:
            files["folder"] /= path.stem
            say(click.style(f"\n{path}", bold=True))
        tried.append(_test_training(asked, path, FileOptions(**files)))
    if len(tried) > 1:
        _compare([str(path) for path in asked.config], tried)


def _test_models(asked: NluTest) -> None:
    names = distinct_names(asked.models)
    tried: list[UnderstandingResults] = []
    for path, name in zip(asked.models, names, strict=True):
        files = dict(asked.files)
        if len(asked.models) > 1:
            files["folder"] /= name
            say(click.style(f"\n{name}", bold=True))
        tried.append(_test_model(asked, path, FileOptions(**files)))
    _compare(names, tried)


def _compare(names: Sequence[str], tried: Sequence[UnderstandingResults]) -> None:
    for name, other in zip(names[1:], tried[1:], strict=True):
        compare_understanding((names[0], name), tried[0], other)
    if len(tried) > 2:
        overview(names, [_outcomes(one) for one in tried])


def _outcomes(results: UnderstandingResults) -> dict[str, list[bool]]:
    found = {
        "intents": results.intents,
        "answers": results.responses,
        "sentiments": results.sentiments,
    }
    return {kind: [one.is_right for one in labels] for kind, labels in found.items() if labels}


def _check_folder(folder: Path) -> None:
    """Refuse a folder that cannot have the results, before there are any."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"{folder} cannot be the folder for results: {error.strerror} — choose another, --out"
        ) from None


def _test_model(asked: NluTest, model: Path, options: FileOptions) -> UnderstandingResults:
    loaded = load_model(model)
    if loaded.metadata.training == "core":
        raise ProjectError(f"{loaded.path} has no NLU — run 'kefu train' or 'kefu train nlu'")
    data = _examples(asked.nlu)
    _check_folder(options.folder)
    with progress_bar(len(data.examples) + len(data.sentiments), "Understanding") as step:
        results = asyncio.run(_play(loaded, data, lambda: step(1)))
    source = str(asked.nlu or "data")
    about = About(mode="hold-out", data=source, model=str(loaded.path))
    language = asked.report_language or page_language(loaded.metadata.language)
    _finish(asked, results, options, about, language)
    _note_unscored(data, results)
    for labelled, of in ((results.intents, "example"), (results.sentiments, "sentiment example")):
        seen = known_by_heart(labelled)
        if seen:
            _note(
                f"the model was trained on {seen:,} of these {counted(len(labelled), of)}, so the"
                " figures flatter it; --cross-validation and --hold-out give honest ones"
            )
    return results


def _note_unscored(data: NluData, results: UnderstandingResults) -> None:
    """Say why sentiments have no scores although there are examples of them."""
    if data.sentiments and not results.sentiments:
        _note(
            f"{counted(len(data.sentiments), 'example')} of sentiments"
            f" ({data.sentiments[0].place} …) had no score: the pipeline tells no sentiments — add"
            " SentimentClassifier to it in config.yml, and examples of at least two sentiments"
        )


def _note(text: str) -> None:
    say(click.style("note: ", fg="yellow") + text)


async def _play(loaded: Model, data: NluData, step: Any) -> UnderstandingResults:
    interpreter = loaded.interpreter
    try:
        results = await play_examples(
            interpreter, data.examples, progress=step, explaining=interpreter
        )
        results.sentiments = await play_sentiments(
            interpreter, data.sentiments, progress=step, explaining=interpreter
        )
        return results
    finally:
        await interpreter.close()


def _test_training(
    asked: NluTest, config: Path | None, options: FileOptions
) -> UnderstandingResults:
    """Train on parts of the data and test on the others."""
    project = _project(config, asked.nlu, asked.domain)
    _check_folder(options.folder)
    if asked.hold_out is not None:
        splits: list[Split] = [held_out(project.nlu, asked.hold_out)]
        about = About(mode="share", share=asked.hold_out, trained=_main_size(splits[0][0]))
    else:
        splits = list(folds(project.nlu, asked.folds))
        about = About(mode="folds", folds=asked.folds, trained=_main_size(project.nlu))
    validated = _validated(asked, project, splits)
    _print_folds(validated)
    language = asked.report_language or page_language(project.config.language)
    results = validated.together()
    _finish(asked, results, options, about, language)
    _note_unscored(project.nlu, results)
    return results


def _main_size(data: NluData) -> int:
    """Return the number of examples that the head of the report speaks of."""
    return len(data.examples) or len(data.sentiments)


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
        return cross_validate(train, splits, jobs=jobs, progress=step)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _project(config: Path | None, nlu: Path | None, domain: Path | None) -> Project:
    loaded = load_project(config=config, domain=domain, data=nlu, parts=("config", "domain", "nlu"))
    return _with_examples(loaded, nlu)


def _examples(nlu: Path | None) -> NluData:
    loaded = load_project(data=nlu, parts=("nlu",))
    return _with_examples(loaded, nlu).nlu


def _with_examples(loaded: LoadedProject, nlu: Path | None) -> Project:
    stop_on_errors(loaded.problems)
    project = loaded.project
    if project is None or not (project.nlu.examples or project.nlu.sentiments):
        raise ProjectError(
            f"{nlu or 'data'}: there are no examples of intents or sentiments in it — check --nlu"
        )
    return project


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
        say(
            "There was nothing to score: fewer than two intents, no entities, and no sentiments"
            " that the pipeline tells."
        )
        return
    labelled = [kind for kind in _kinds(results) if kind.report is not None]
    for kind in labelled:
        _print_confusions(kind)
        _print_pairs(kind)
    print_table(("", "accuracy", "precision", "recall", "F1 macro", "F1 weighted", "of"), rows)
    for kind in labelled:
        error = calibration(kind.results).error
        say(f"Expected calibration error of {kind.noun}s: {error:.3f}.")
    for kind in labelled:
        suspects = len(likely_mislabelled(kind.results))
        if suspects:
            say(
                f"{counted(suspects, 'example')} may be in the wrong {kind.noun};"
                " the report lists them."
            )
    say(
        f"Reports are in {options.folder}/"
        + (f"; open {page} in a browser." if asked.report else ".")
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """Labels of one kind, whose mistakes are told in full."""

    noun: str
    results: Sequence[LabelResult]
    report: Report | None


def _kinds(results: UnderstandingResults) -> tuple[_Kind, ...]:
    return (
        _Kind("intent", results.intents, results.intent_report()),
        _Kind("sentiment", results.sentiments, results.sentiment_report()),
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


def _print_confusions(kind: _Kind) -> None:
    """Print the labels that were mistaken for others, the worst first."""
    assert kind.report is not None
    confused = sorted(
        (item for item in kind.report.labels.items() if item[1].confused_with),
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
        print_table((kind.noun, "precision", "recall", "F1", "of", "taken for"), rows)
    if len(confused) > INTENTS_SHOWN:
        say(f"... and {len(confused) - INTENTS_SHOWN} more {kind.noun}s with errors")


def _print_pairs(kind: _Kind) -> None:
    """Print which labels are confused most often, and by which n-grams."""
    rows = []
    for pair in confused_pairs(kind.results)[:PAIRS_SHOWN]:
        for one, other, number, culprits in (
            (pair.first, pair.second, pair.first_as_second, pair.to_second),
            (pair.second, pair.first, pair.second_as_first, pair.to_first),
        ):
            if number:
                grams = "  ".join(_gram(culprit) for culprit in culprits[:6])
                rows.append((one, other, str(number), grams))
    if rows:
        columns = (kind.noun, "taken for", "times", "what spoke for it")
        print_table(columns, rows, title="Most often confused")


def _gram(culprit: Culprit) -> str:
    if culprit.kind == "words":
        return f"word {culprit.feature}"
    is_text = culprit.kind == "characters"
    return culprit.feature.replace(" ", "␣") if is_text else culprit.feature


def _print_folds(validated: CrossValidation) -> None:
    """Print mean and standard deviation over the folds, of what there is in the data."""
    found = {"seen": validated.train, "unseen": validated.test}
    rows = {name: dict(_spreads(validated, parts)) for name, parts in found.items()}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    if columns:
        print_table(
            ("examples", *columns),
            [(name, *(row.get(column, "") for column in columns)) for name, row in rows.items()],
        )


def _spreads(
    validated: CrossValidation, parts: Sequence[UnderstandingResults]
) -> Iterator[tuple[str, str]]:
    figures: dict[str, list[float]] = {}
    for part in parts:
        for kind in _kinds(part):
            if kind.report is not None:
                figures.setdefault(f"{kind.noun} accuracy", []).append(kind.report.accuracy)
                figures.setdefault(f"{kind.noun} F1", []).append(kind.report.weighted[2])
        if part.entities:
            figures.setdefault("entity F1", []).append(span_score(part.entities).f1)
    for column, values in figures.items():
        mean, deviation = validated.spread(values)
        yield column, f"{mean:.3f} ± {deviation:.3f}"
