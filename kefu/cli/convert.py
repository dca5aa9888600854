"""``kefu data convert``: training data from one format to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import config_option, data_option, domain_option, logging_options
from kefu.errors import ProjectError

if TYPE_CHECKING:
    from kefu.project.conversion.nlu_items import NluItem

Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["config", "convert", "nlu", "responses", "stories"]

COMMANDS = {
    "nlu": ("kefu.cli.convert:nlu", "Examples, synonyms, lookup tables, regular expressions."),
    "stories": ("kefu.cli.convert:stories", "Stories and rules."),
    "responses": ("kefu.cli.convert:responses", "Answers of retrieval intents."),
    "config": ("kefu.cli.convert:config", "Policies of Rasa 1 and 2: what replaces them."),
}

out_option = click.option(
    "--out", type=click.Path(path_type=Path), default="converted_data", show_default=True,
    help="A folder for a file each, or a file for all of it.",
)  # fmt: skip


def _format_option(*formats: str) -> Callable[[Function], Function]:
    return click.option(
        "-f", "--format", "form", type=click.Choice(formats), default="yaml", show_default=True,
        help="Format to write.",
    )  # fmt: skip


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu data convert nlu --data data/nlu.md --out data/nlu.yml
        kefu data convert stories --format md
    """,
)
def convert() -> None:
    """Convert training data from one format to another; the old files stay."""


@click.command(cls=KefuCommand, epilog="kefu data convert nlu -f json --data data --out nlu.json")
@data_option
@_format_option("yaml", "json", "md")
@out_option
@logging_options
def nlu(data: tuple[Path, ...], form: Any, out: Path) -> None:
    """Convert NLU data: YAML, JSON and Markdown, whatever the files are.

    Comments and order stay, but for JSON, which has no comments.
    Answers of retrieval intents are converted by 'kefu data convert responses'.
    """
    from kefu.project.conversion.nlu_formats import (
        nlu_files,
        read_nlu_data,
        written_nlu,
    )
    from kefu.project.conversion.nlu_items import nlu_items

    def texts(paths: list[Path]) -> str:
        found, problems = read_nlu_data(paths, _tell)
        _stop(problems)
        if form == "json":
            for path in paths:
                _tell_comments(path, nlu_items([path]))
        return written_nlu(found, form, nlu_items(paths))

    _convert(nlu_files(_given(data), root=Path()), texts, form, out)


@click.command(cls=KefuCommand, epilog="kefu data convert stories --data data/stories.md")
@data_option
@_format_option("yaml", "md")
@out_option
@logging_options
def stories(data: tuple[Path, ...], form: str, out: Path) -> None:
    """Convert stories with their comments; Markdown has no rules, and says so."""
    from kefu.project.conversion.story_formats import (
        read_plain_stories,
        story_files,
        written_stories,
    )

    def texts(paths: list[Path]) -> str:
        found = []
        for path in paths:
            own, problems = read_plain_stories(path, _tell)
            _stop(problems)
            found += own
        return written_stories(found, form, _tell)

    _convert(story_files(_given(data), root=Path()), texts, form, out)


@click.command(cls=KefuCommand, epilog="kefu data convert responses --data data/responses.md")
@data_option
@_format_option("yaml", "md")
@out_option
@logging_options
def responses(data: tuple[Path, ...], form: Any, out: Path) -> None:
    """Convert the answers of retrieval intents that stand beside NLU data."""
    from kefu.project.conversion.nlu_formats import nlu_files, read_nlu_data, written_responses

    def texts(paths: list[Path]) -> str:
        found, problems = read_nlu_data(paths, _tell)
        _stop(problems)
        return written_responses(found, form, paths)

    _convert(nlu_files(_given(data), root=Path()), texts, form, out)


@click.command(cls=KefuCommand, epilog="kefu data convert config --out data/rules.yml")
@config_option
@domain_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file for new rules.  [default: data/rules.yml]",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@logging_options
def config(config: Path | None, domain: Path | None, out: Path | None, dry_run: bool) -> None:
    """Replace policies of Rasa 1 and 2 by RulePolicy and rules, in place with a backup."""
    from kefu.cli.migrate import run
    from kefu.project.migration.plan import Scope

    scope = Scope(domain=domain, config=config, rules=out, only_config=True)
    run(scope, dry_run=dry_run)


def _given(data: tuple[Path, ...]) -> tuple[Path, ...]:
    paths = data or (Path("data"),)
    for path in paths:
        if not path.exists():
            raise ProjectError(f"there is no {path}: check --data")
    return paths


def _tell(file: str, line: int, text: str) -> None:
    from kefu.project.problems import Place

    click.echo(f"{Place(file, line)}: {text}", err=True)


def _tell_comments(path: Path, items: Iterable[NluItem]) -> None:
    from kefu.cli.output import counted
    from kefu.project.files import shown

    lines = [line for one in items for line in (*one.item.above, *one.item.below) if line]
    if lines:
        _tell(shown(path), 0, f"left out, JSON has none: {counted(len(lines), 'line')} of comments")


def _stop(problems: Iterable[Any]) -> None:
    from kefu.cli.output import stop_on_errors

    stop_on_errors(list(problems))


def _convert(paths: list[Path], texts: Any, form: str, out: Path) -> None:
    from kefu.cli.output import counted, say
    from kefu.project.conversion.nlu_formats import SUFFIXES
    from kefu.project.files import shown

    if not paths:
        raise ProjectError("there is nothing to convert in the data: check --data")
    is_file = bool(out.suffix)
    groups = (
        [(out, paths)]
        if is_file
        else [
            (out / f"{_relative(path).with_suffix('')}{SUFFIXES[form]}", [path]) for path in paths
        ]
    )
    written = 0
    for target, own in groups:
        text = texts(own)
        if not text:
            continue
        if any(target.resolve() == path.resolve() for path in own):
            raise ProjectError(f"{target} would be overwritten by itself: choose another --out")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        say(f"{', '.join(shown(path) for path in own)} -> {target}")
        written += 1
    say(f"Wrote {counted(written, 'file')}.")


def _relative(path: Path) -> Path:
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return Path(path.name)
