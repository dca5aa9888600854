"""What ``kefu test`` does with stories: loads, plays, writes the files and prints the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import click

from kefu.cli.comparing import compare_stories, distinct_names, overview
from kefu.cli.output import counted, is_quiet, print_table, say, stop_on_errors
from kefu.cli.progress import progress_bar
from kefu.cli.story_diff import diff_lines
from kefu.core.domain import Domain
from kefu.core.events import ActionExecuted
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.errors import ProjectError
from kefu.evaluation.files import FileOptions
from kefu.evaluation.page.stories import stories_page
from kefu.evaluation.page.writing import page_language, write_page
from kefu.evaluation.stories import Behind, StoryResult, dialogues_of, play_stories
from kefu.evaluation.story_figures import confusions, outcomes
from kefu.evaluation.story_files import FAILED, WITH_WARNINGS, write_stories
from kefu.evaluation.tracing import Origin, Origins
from kefu.model.load import Model, load_model
from kefu.nlu.interpreter import Interpreter
from kefu.project.load import load_project, load_test_stories
from kefu.project.story_data import StoryData

__all__ = ["run_story_test"]

Result = TypeVar("Result")
PAGE = "story_report.html"
STORIES_SHOWN = 10
CONFUSIONS_SHOWN = 5
KINDS = {
    "stories": "stories",
    "actions": "actions",
    "spoken": "actions but listening",
    "intents": "intents",
    "entities": "messages with entities",
}


def run_story_test(
    *,
    models: Sequence[Path],
    stories: Path,
    end_to_end: bool,
    max_stories: int | None,
    files: Mapping[str, Any],
    report: str | None,
) -> int:
    """Play stories, write and print the results; return how many stories failed.

    Of several models the last one is the candidate, whose failures count.

    Args:
        models: Each is compared with the first one.
        stories: File or folder.
        end_to_end: Messages are understood, too.
        max_stories: Most stories that are played; None: all.
        files: Which result files are wanted, and where.
        report: Language of the page, the model's if empty; None: no page.
    """
    data = _stories(stories, end_to_end=end_to_end)
    played: list[list[StoryResult]] = []
    names = distinct_names(models)
    for path, name in zip(models, names, strict=True):
        options = FileOptions(**files)
        if len(models) > 1:
            say(click.style(f"\n{name}", bold=True))
            options = replace(options, folder=options.folder / name)
        model = load_model(path)
        results = _played(model, data, max_stories, end_to_end=end_to_end)
        if not results:
            raise ProjectError(f"there are no test stories in {stories} — check --stories")
        write_stories(results, options)
        _print_stories(results, model.domain, options)
        shown_in = None if report is None else report or page_language(model.metadata.language)
        _write_page(results, options, model, shown_in, end_to_end=end_to_end)
        played.append(results)
    for name, other in zip(names[1:], played[1:], strict=True):
        compare_stories((names[0], name), played[0], other)
    if len(played) > 2:
        found = map(outcomes, played)
        overview(names, [{KINDS[kind]: right for kind, right in one.items()} for one in found])
    return sum(not result.is_right for result in played[-1])


def _write_page(
    results: Sequence[StoryResult],
    options: FileOptions,
    model: Model,
    report: str | None,
    *,
    end_to_end: bool,
) -> None:
    page = options.folder / PAGE
    if report is None:
        page.unlink(missing_ok=True)
        return
    data = stories_page(results, model=model.path.name, end_to_end=end_to_end)
    write_page(page, data, language=report, report="stories")
    say(f"Open {page} in a browser for all of it.")


def _played(
    loaded: Model, data: StoryData, max_stories: int | None, *, end_to_end: bool
) -> list[StoryResult]:
    if loaded.metadata.training == "nlu":
        raise ProjectError(f"{loaded.path} understands but does not answer — run 'kefu train'")
    bot = Bot(domain=loaded.domain, understanding=loaded.interpreter, predictor=loaded.ensemble)
    dialogues = dialogues_of(data, loaded.domain, at_most=max_stories)
    with progress_bar(len(dialogues), "Playing stories") as step:
        playing = play_stories(
            bot,
            dialogues,
            end_to_end=end_to_end,
            progress=lambda: step(1),
            behind=_behind(loaded),
        )
        return asyncio.run(_closing(loaded.interpreter, playing))


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
    stop_on_errors(problems)
    return data


def _print_stories(results: Sequence[StoryResult], domain: Domain, options: FileOptions) -> None:
    wrong = [result for result in results if not result.is_right]
    for result in wrong[:STORIES_SHOWN]:
        for line in diff_lines(result, domain):
            click.echo(line)
        click.echo()
    if len(wrong) > STORIES_SHOWN:
        click.echo(f"... and {len(wrong) - STORIES_SHOWN} more, in {options.folder / FAILED}\n")
    if not is_quiet():
        _print_figures(results)
    if len(wrong) > 1:
        _print_confusions(results)
    warned = sum(result.is_right and result.has_warnings for result in results)
    if warned and options.warnings:
        say(f"{counted(warned, 'story', 'stories')} passed with a message that the model finds"
            f" unlikely there; see {options.folder / WITH_WARNINGS}.")  # fmt: skip
    played = counted(len(results), "story", "stories")
    if wrong:
        failed = click.style(f"✗ {played}, {len(wrong):,} failed", fg="red", bold=True)
        where = f"; {options.folder / FAILED} has them all" if options.errors else ""
        click.echo(f"{failed}{where}.")
    else:
        say(click.style(f"✓ {played}, all passed", fg="green", bold=True))


def _print_figures(results: Sequence[StoryResult]) -> None:
    rows = [
        (KINDS[kind], str(sum(right)), str(len(right)), f"{sum(right) / len(right):.1%}")
        for kind, right in outcomes(results).items()
    ]
    print_table(("", "right", "of", "share"), rows)


def _print_confusions(results: Sequence[StoryResult]) -> None:
    """Print what is most often taken for something else."""
    found = [
        (number, noun, expected or "none", predicted or "none")
        for kind, noun in (("user", "intent"), ("action", "action"))
        for expected, predicted, number in confusions(results, kind)
    ]
    found.sort(key=lambda one: -one[0])
    if found:
        click.echo("\nMost frequent confusions:")
    for number, noun, expected, predicted in found[:CONFUSIONS_SHOWN]:
        click.echo(f"  {number} x  {noun}  {expected} → {predicted}")


def _behind(model: Model) -> Behind:
    """Return what finds the lines behind an action; files are read for the first one only."""

    @cache
    def origins() -> Origins | None:
        project = load_project().project
        return None if project is None else Origins(project, model.ensemble)

    def find(action: ActionExecuted, tracker: Tracker) -> Sequence[Origin]:
        found = origins()
        return () if found is None else found.behind(action, tracker)

    return find
