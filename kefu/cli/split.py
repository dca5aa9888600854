"""``kefu data split``: a part to learn from, and a part to test with."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import logging_options, nlu_option, out_option, stories_option
from kefu.errors import ProjectError

__all__ = ["nlu", "split", "stories"]

COMMANDS = {
    "nlu": ("kefu.cli.split:nlu", "Divide the examples, those of each intent by themselves."),
    "stories": ("kefu.cli.split:stories", "Divide the stories of each file."),
}
_FRACTION = click.option(
    "--training-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.8,
    show_default=True, help="How much of the data to learn from.",
)  # fmt: skip
_SEED = click.option(
    "--random-seed", type=int, help="Divide in the same way every time.",
)  # fmt: skip
_OUT = out_option("train_test_split", "Folder for the files.")


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu data split nlu
        kefu data split stories --training-fraction 0.7 --random-seed 1
    """,
)
def split() -> None:
    """Divide training data into a part to learn from and a part to test with."""


@click.command(
    cls=KefuCommand, epilog="kefu data split nlu --training-fraction 0.7 --random-seed 1"
)
@nlu_option
@_FRACTION
@_SEED
@_OUT
@logging_options
def nlu(nlu: Path | None, training_fraction: float, random_seed: int | None, out: Path) -> None:
    """Divide the examples, those of each intent by themselves; comments and order stay.

    Writes training_data.yml and test_data.yml, and responses.yml where NLU files have answers.
    """
    from kefu.cli.output import print_table, say, stop_on_errors
    from kefu.project.conversion.nlu_formats import (
        nlu_files,
        read_nlu_data,
        written_nlu,
        written_responses,
    )
    from kefu.project.conversion.splitting import split_items_of, split_nlu

    paths = nlu_files([_there(nlu)], root=Path())
    data, problems = read_nlu_data(paths, _tell)
    stop_on_errors(problems)
    if not data.examples:
        raise ProjectError("there are no examples to divide: check --nlu")
    train, test = split_nlu(data, training_fraction, random_seed)
    of_train, of_test = split_items_of(paths, test)
    files = {
        "training_data.yml": written_nlu(train, "yaml", of_train),
        "test_data.yml": written_nlu(test, "yaml", of_test),
        "responses.yml": written_responses(data, "yaml", paths),
    }
    _write(out, files)
    print_table(["", "examples", "intents", "entities"], [
        _row("training_data.yml", train), _row("test_data.yml", test),
    ])  # fmt: skip
    alone = [name for name, count in _intents(data).items() if count == 1]
    if alone:
        say(f"Not tested, they have one example only: {', '.join(sorted(alone))}.")
    say(f"Wrote {', '.join(name for name, text in files.items() if text)} to {out}.")


def _intents(data: Any) -> Counter[str]:
    return Counter(example.full_intent for example in data.examples if example.full_intent)


def _row(name: str, data: Any) -> list[str]:
    entities = sum(len(example.entities) for example in data.examples)
    return [name, f"{len(data.examples):,}", f"{len(_intents(data)):,}", f"{entities:,}"]


@click.command(cls=KefuCommand, epilog="kefu data split stories --stories data/stories")
@stories_option
@_FRACTION
@_SEED
@_OUT
@logging_options
def stories(
    stories: Path | None, training_fraction: float, random_seed: int | None, out: Path
) -> None:
    """Divide the stories of each file: train_<file> and test_<file>. Rules stay to be learned."""
    from kefu.cli.output import print_table, say, stop_on_errors
    from kefu.project.conversion.splitting import split_items
    from kefu.project.conversion.story_formats import (
        read_plain_stories,
        story_files,
        written_stories,
    )

    chance = Random(random_seed)
    files: dict[str, str] = {}
    rows = []
    for path in story_files([_there(stories)], root=Path()):
        found, problems = read_plain_stories(path, _tell)
        stop_on_errors(problems)
        own = [story for story in found if not story.is_rule]
        if not own:
            continue
        train, test = split_items(own, training_fraction, chance)
        rules = [story for story in found if story.is_rule]
        for part, content in (("train", [*train, *rules]), ("test", test)):
            name = _free(f"{part}_{path.stem}", files)
            files[name] = written_stories(content, "yaml", _tell)
        rows.append([path.name, str(len(train)), str(len(test))])
    if not files:
        raise ProjectError("there are no stories to divide: check --stories")
    _write(out, files)
    print_table(["file", "to learn from", "to test with"], rows)
    say(f"Wrote {', '.join(name for name, text in files.items() if text)} to {out}.")


def _free(stem: str, taken: dict[str, str]) -> str:
    names = [f"{stem}.yml", *(f"{stem}_{number}.yml" for number in range(2, 1000))]
    return next(name for name in names if name not in taken)


def _there(path: Path | None) -> Path:
    path = path or Path("data")
    if not path.exists():
        raise ProjectError(f"there is no {path}")
    return path


def _tell(file: str, line: int, text: str) -> None:
    click.echo(f"{file}:{line}: {text}", err=True)


def _write(out: Path, files: dict[str, str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if text:
            (out / name).write_text(text, "utf-8")
