"""``kefu data``: work on the project's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import (
    allow_missing_option,
    config_option,
    data_option,
    domain_option,
    logging_options,
)

__all__ = ["data", "validate", "validate_stories"]

COMMANDS = {
    "validate": ("kefu.cli.data:validate", "Check all files and list every problem."),
    "convert": ("kefu.cli.convert:convert", "Convert training data to another format."),
    "split": ("kefu.cli.split:split", "Divide training data for learning and testing."),
    "migrate": ("kefu.cli.migrate:migrate", "Convert a project of Rasa 1 or 2, with a backup."),
}
VALIDATE_COMMANDS = {"stories": ("kefu.cli.data:validate_stories", "Check only stories and rules.")}

max_history_option = click.option(
    "--max-history", type=click.IntRange(min=1), help="Turns that stories are compared by."
)
fail_option = click.option(
    "--fail-on-warnings", is_flag=True, help="Exit with status 1 if there is a warning."
)


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu data validate
        kefu data validate --fail-on-warnings --max-history 5
        kefu data migrate --dry-run
    """,
)
def data() -> None:
    """Check and convert the project's files."""


@click.group(
    cls=KefuGroup,
    commands_at=VALIDATE_COMMANDS,
    invoke_without_command=True,
    epilog="""
        kefu data validate
        kefu data validate --data data more-data --fail-on-warnings
        kefu data validate stories --max-history 5
    """,
)
@data_option
@domain_option
@config_option
@fail_option
@max_history_option
@allow_missing_option
@logging_options
@click.pass_context
def validate(ctx: click.Context, /, **values: Any) -> None:
    """Check all files of the project and list every problem with its place.

    Exit status: 0 when the project can be trained, 1 when there is an error (or a warning, with
    --fail-on-warnings).
    """
    if ctx.invoked_subcommand is None:
        ctx.exit(_validate(**values, only_stories=False))


@click.command(cls=KefuCommand, epilog="kefu data validate stories --max-history 5")
@data_option
@domain_option
@config_option
@fail_option
@max_history_option
@logging_options
@click.pass_context
def validate_stories(ctx: click.Context, /, **values: Any) -> None:
    """Check only stories and rules, contradictions included."""
    ctx.exit(_validate(**values, only_stories=True, allow_missing_components=False))


def _validate(  # noqa: PLR0913, PLR0917 - one for each option
    data: tuple[Path, ...],
    domain: Path | None,
    config: Path | None,
    fail_on_warnings: bool,
    max_history: int | None,
    allow_missing_components: bool,
    only_stories: bool,
) -> int:
    from kefu.cli.output import counted, fails, print_problems, say
    from kefu.project.load import load_project
    from kefu.training.validation import find_problems

    loaded = load_project(
        config=config,
        domain=domain,
        data=data or None,
        desk=Path("desk.yml"),
    )
    problems = find_problems(
        loaded,
        max_history=max_history,
        allow_missing_components=allow_missing_components,
        only_stories=only_stories,
    )
    print_problems(problems, to_stderr=False)
    project = loaded.project
    if project is not None and not problems:
        checked = [
            counted(len(project.nlu.examples), "example"),
            counted(len(project.stories.stories), "story", "stories"),
            counted(len(project.stories.rules), "rule"),
        ]
        good = click.style("No problems found", fg="green", bold=True)
        say(f"{good} in {counted(len(project.files), 'file')}: {', '.join(checked)}.")
    return int(fails(problems, fail_on_warnings=fail_on_warnings))
