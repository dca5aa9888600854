"""What ``kefu test`` does: loads, plays, writes the files and prints the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from kefu.cli.output import counted, fails, is_quiet, is_terminal, print_problems, print_table, say
from kefu.core.domain import Domain
from kefu.core.names import ACTION_LISTEN
from kefu.dialogue.bot import Bot
from kefu.errors import ProjectError
from kefu.evaluation.cross_validation import CrossValidation, cross_validate
from kefu.evaluation.entities import span_score
from kefu.evaluation.files import FileOptions, write_understanding
from kefu.evaluation.metrics import Report
from kefu.evaluation.stories import StepResult, StoryResult, dialogues_of, play_stories
from kefu.evaluation.story_files import FAILED, write_stories
from kefu.evaluation.understanding import UnderstandingResults, play_examples
from kefu.model.load import load_model
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.training import train_pipeline
from kefu.project.load import load_project, load_test_stories
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.project import Project
from kefu.project.settings import ModelConfig
from kefu.project.story_data import StoryData

__all__ = ["run_nlu_test", "run_story_test"]

Result = TypeVar("Result")
STORIES_SHOWN = 10
STEPS_BEFORE = 4
INTENTS_SHOWN = 20


def run_story_test(
    *,
    model: Path,
    stories: Path,
    end_to_end: bool,
    max_stories: int | None,
    files: Mapping[str, Any],
) -> int:
    """Play stories, write and print the results; return how many stories failed."""
    loaded = load_model(model)
    if loaded.metadata.training == "nlu":
        raise ProjectError(f"{loaded.path} understands but does not answer — run 'kefu train'")
    data = _stories(stories, end_to_end=end_to_end)
    bot = Bot(domain=loaded.domain, understanding=loaded.interpreter, predictor=loaded.ensemble)
    dialogues = dialogues_of(data, loaded.domain, at_most=max_stories)
    if not dialogues:
        raise ProjectError(f"there are no test stories in {stories} — check --stories")
    with _progress(len(dialogues), "Playing stories") as step:
        playing = play_stories(bot, dialogues, end_to_end=end_to_end, progress=step)
        results = asyncio.run(_closing(loaded.interpreter, playing))
    options = FileOptions(**files)
    write_stories(results, options)
    _print_stories(results, options)
    return sum(not result.is_right for result in results)


async def _closing(interpreter: Interpreter, work: Coroutine[Any, Any, Result]) -> Result:
    try:
        return await work
    finally:
        await interpreter.close()


def _stories(path: Path, *, end_to_end: bool) -> StoryData:
    if end_to_end:
        data, problems = load_test_stories(path)
    else:
        loaded = load_project(data=path, parts=("stories",))
        problems = loaded.problems
        data = loaded.project.stories if loaded.project else StoryData()
    _stop_on_errors(problems)
    return data


def _stop_on_errors(problems: Sequence[Problem]) -> None:
    print_problems([problem for problem in problems if problem.severity == "error"])
    if fails(problems, fail_on_warnings=False):
        raise ProjectError("the files above have to be put right first")


def _print_stories(results: Sequence[StoryResult], options: FileOptions) -> None:
    wrong = [result for result in results if not result.is_right]
    for result in wrong[:STORIES_SHOWN]:
        _print_story(result)
    if len(wrong) > STORIES_SHOWN:
        say(f"... and {len(wrong) - STORIES_SHOWN} more, in {options.folder / FAILED}")
    steps = [step for result in results for step in result.steps]
    actions = [step for step in steps if step.kind == "action"]
    rows = [
        _share("stories", [result.is_right for result in results]),
        _share("actions", [step.expected == step.predicted for step in actions]),
        _share(
            "actions but listening",
            [s.expected == s.predicted for s in actions if s.expected != ACTION_LISTEN],
        ),
        _share("intents", [s.expected == s.predicted for s in steps if s.kind == "user"]),
        _share(
            "messages with entities",
            [not s.has_wrong_entities for s in steps if s.entities or s.predicted_entities],
        ),
    ]
    print_table(("", "right", "of", "share"), [row for row in rows if row[2] != "0"])
    good = click.style("✓ All stories passed.", fg="green", bold=True)
    bad = click.style(f"✗ {counted(len(wrong), 'story', 'stories')} failed", fg="red", bold=True)
    say(f"{bad}; details in {options.folder / FAILED}." if wrong else good)


def _share(name: str, outcomes: Sequence[bool]) -> tuple[str, str, str, str]:
    right = sum(outcomes)
    share = f"{right / len(outcomes):.1%}" if outcomes else ""
    return name, str(right), str(len(outcomes)), share


def _print_story(result: StoryResult) -> None:
    shown = [
        step for step in result.steps if not (step.expected == ACTION_LISTEN and step.is_right)
    ]
    first = next(index for index, step in enumerate(shown) if not step.is_right)
    rows = [
        _story_row(step)
        for index, step in enumerate(shown)
        if first - STEPS_BEFORE <= index <= first or not step.is_right
    ]
    title = f"{result.name} ({result.file})" if result.file else result.name
    print_table(("", "the story says", "the model did", "by"), rows, title=title)
    click.echo()


def _story_row(step: StepResult) -> tuple[str, str, str, str]:
    mark = click.style("✓", fg="green") if step.is_right else click.style("✗", fg="red")
    decider = f"{step.policy} {step.confidence:.2f}" if step.policy else ""
    wanted = f"{step.kind}: {step.expected or 'null'}"
    done = "" if step.is_right else step.predicted
    if step.kind == "user":
        wanted = f'"{step.text}" {step.expected}' if step.text else wanted
        if step.has_wrong_entities:
            wanted += f" {_entities(step.entities)}"
            done = f"{step.predicted} {_entities(step.predicted_entities)}"
    return mark, wanted, done, decider


def _entities(entities: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{e['entity']}={e['value']}" for e in entities) or "(no entity)"


def run_nlu_test(  # noqa: PLR0913 - one for each option of the command line
    *,
    model: Path,
    nlu: Path | None,
    config: Sequence[Path],
    domain: Path | None,
    cross_validation: bool,
    folds: int,
    allow_missing_components: bool,
    files: Mapping[str, Any],
) -> None:
    """Score examples, write and print the results."""
    if cross_validation or len(config) > 1:
        for path in config or (None,):
            folder = files["folder"] / path.stem if path and len(config) > 1 else files["folder"]
            if path and len(config) > 1:
                say(click.style(f"\n{path}", bold=True))
            project = _project(path, nlu, domain)
            validated = _cross_validated(project, folds, allow_missing_components)
            options = FileOptions(**{**files, "folder": folder})
            _print_folds(validated)
            _finish_nlu(validated.together(), options)
        return
    loaded = load_model(model)
    if loaded.metadata.training == "core":
        raise ProjectError(f"{loaded.path} has no NLU — run 'kefu train' or 'kefu train nlu'")
    data = _examples(nlu)
    with _progress(len(data.examples), "Understanding") as step:
        playing = play_examples(loaded.interpreter, data.examples, progress=step)
        results = asyncio.run(_closing(loaded.interpreter, playing))
    _finish_nlu(results, FileOptions(**files))


def _project(config: Path | None, nlu: Path | None, domain: Path | None) -> Project:
    loaded = load_project(config=config, domain=domain, data=nlu, parts=("config", "domain", "nlu"))
    _stop_on_errors(loaded.problems)
    if loaded.project is None or not loaded.project.nlu.examples:
        raise ProjectError("there are no NLU examples — check --nlu")
    return loaded.project


def _examples(nlu: Path | None) -> NluData:
    loaded = load_project(data=nlu, parts=("nlu",))
    _stop_on_errors(loaded.problems)
    if loaded.project is None or not loaded.project.nlu.examples:
        raise ProjectError("there are no NLU examples — check --nlu")
    return loaded.project.nlu


def _cross_validated(project: Project, folds: int, allow_missing: bool) -> CrossValidation:
    async def train(data: NluData) -> Interpreter:
        return _trained(project.config, data, project.domain, allow_missing=allow_missing)

    with _progress(folds, "Folds") as step:
        return asyncio.run(cross_validate(project.nlu, train, fold_count=folds, progress=step))


def _trained(
    config: ModelConfig, data: NluData, domain: Domain, *, allow_missing: bool
) -> Interpreter:
    trained = train_pipeline(config, data, domain, allow_missing_components=allow_missing)
    return load_interpreter(trained.parts)


def _finish_nlu(results: UnderstandingResults, options: FileOptions) -> None:
    write_understanding(results, options)
    rows = list(_summary_rows(results))
    if not rows:
        say("There was nothing to score: fewer than two intents, and no entities.")
        return
    intents = results.intent_report()
    if intents is not None:
        _print_confusions(intents)
    print_table(("", "accuracy", "precision", "recall", "F1 macro", "F1 weighted", "of"), rows)
    say(f"Reports are in {options.folder}/.")


def _summary_rows(results: UnderstandingResults) -> Iterator[tuple[str, ...]]:
    for name, report in (
        ("intents", results.intent_report()),
        ("answers", results.response_report()),
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


@contextmanager
def _progress(length: int, label: str) -> Iterator[Any]:
    """Show a progress bar in a terminal; yields the function that moves it on by one."""
    if not is_terminal() or is_quiet():
        yield lambda: None
        return
    with click.progressbar(length=length, label=label) as bar:
        yield lambda: bar.update(1)
