"""What ``kefu test`` does with stories: loads, plays, writes the files and prints the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from kefu.cli.comparing import compare_stories, distinct_names
from kefu.cli.output import counted, print_table, say, stop_on_errors
from kefu.cli.progress import progress_bar
from kefu.core.names import ACTION_LISTEN
from kefu.dialogue.bot import Bot
from kefu.errors import ProjectError
from kefu.evaluation.files import FileOptions
from kefu.evaluation.page.stories import stories_page
from kefu.evaluation.page.writing import page_language, write_page
from kefu.evaluation.stories import StepResult, StoryResult, dialogues_of, play_stories
from kefu.evaluation.story_files import FAILED, write_stories
from kefu.model.load import load_model
from kefu.model.location import find_model
from kefu.nlu.interpreter import Interpreter
from kefu.project.load import load_project, load_test_stories
from kefu.project.story_data import StoryData

__all__ = ["run_story_test"]

Result = TypeVar("Result")
PAGE = "story_report.html"
STORIES_SHOWN = 10
STEPS_BEFORE = 4


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

    Of two models the second one is the candidate, whose failures count.

    Args:
        models: One or two.
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
        results, language = _played(path, data, max_stories, end_to_end=end_to_end)
        if not results:
            raise ProjectError(f"there are no test stories in {stories} — check --stories")
        write_stories(results, options)
        _print_stories(results, options)
        shown_in = None if report is None else report or language
        _write_page(results, options, path, shown_in, end_to_end=end_to_end)
        played.append(results)
    if len(played) == 2:
        compare_stories(names, played[0], played[1])
    return sum(not result.is_right for result in played[-1])


def _write_page(
    results: Sequence[StoryResult],
    options: FileOptions,
    model: Path,
    report: str | None,
    *,
    end_to_end: bool,
) -> None:
    page = options.folder / PAGE
    if report is None:
        page.unlink(missing_ok=True)
        return
    data = stories_page(results, model=find_model(model).name, end_to_end=end_to_end)
    write_page(page, data, language=report, report="stories")
    say(f"Open {page} in a browser for all of it.")


def _played(
    model: Path, data: StoryData, max_stories: int | None, *, end_to_end: bool
) -> tuple[list[StoryResult], str]:
    loaded = load_model(model)
    if loaded.metadata.training == "nlu":
        raise ProjectError(f"{loaded.path} understands but does not answer — run 'kefu train'")
    bot = Bot(domain=loaded.domain, understanding=loaded.interpreter, predictor=loaded.ensemble)
    dialogues = dialogues_of(data, loaded.domain, at_most=max_stories)
    with progress_bar(len(dialogues), "Playing stories") as step:
        playing = play_stories(bot, dialogues, end_to_end=end_to_end, progress=lambda: step(1))
        results = asyncio.run(_closing(loaded.interpreter, playing))
    return results, page_language(loaded.metadata.language)


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
