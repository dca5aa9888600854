"""``kefu data migrate``: convert a project of a former Rasa version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import (
    allow_missing_option,
    config_option,
    data_option,
    domain_option,
    logging_options,
)
from kefu.errors import ProjectError

if TYPE_CHECKING:
    from kefu.project.editing.writing import FileChange
    from kefu.project.migration.plan import Migration, Scope
    from kefu.project.problems import Problem

    Find = Callable[[Scope], Sequence[Problem]]

__all__ = ["migrate", "run"]


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu data migrate --dry-run
        kefu data migrate
        kefu data migrate --domain domain/ --data data more-data
        kefu data migrate --undo
    """,
)
@data_option
@domain_option
@config_option
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and change nothing.")
@click.option("--diff", is_flag=True, help="Show the changes of files, and change nothing.")
@click.option("--undo", is_flag=True, help="Put the files of before the last migration back.")
@allow_missing_option
@logging_options
@click.pass_context
def migrate(  # noqa: PLR0913, PLR0917 - one for each option
    ctx: click.Context,
    /,
    data: tuple[Path, ...],
    domain: Path | None,
    config: Path | None,
    dry_run: bool,
    diff: bool,
    undo: bool,
    allow_missing_components: bool,
) -> None:
    """Convert a project of Rasa 1 or 2 in place, with a backup.

    Domain, stories, NLU data, policies, pipeline, endpoints and credentials; Markdown and JSON
    become YAML. What is of the present format stays as it is, comments included. --dry-run says,
    too, what 'kefu data validate' would find afterwards: it tries the changes on a copy.
    Exit status: 0 when the project can be trained afterwards, 1 when it cannot.
    """
    from kefu.project.migration.plan import Scope, plan_migration

    scope = Scope(domain=domain, config=config, data=data)
    if undo:
        _undo(scope.root)
    elif diff:
        _print_diff(plan_migration(scope))
    else:
        changes = run(scope, dry_run=dry_run)
        find = partial(_problems, allow_missing=allow_missing_components)
        ctx.exit(_rehearse(scope, changes, find) if dry_run and changes else _check(scope, find))


def run(scope: Scope, *, dry_run: bool) -> list[FileChange]:
    """Migrate what ``scope`` names, telling every change; return the changes."""
    from kefu.project.migration.applying import recover
    from kefu.project.migration.plan import plan_migration

    if not dry_run:
        for backup in recover(scope.root):
            click.echo(f"The migration of {backup.name} had been interrupted: it was undone.")
    plan = plan_migration(scope)
    _print_lines(plan, will=dry_run)
    if dry_run and not plan.is_empty:
        click.echo("Nothing was changed: this was a dry run.")
    elif not plan.is_empty:
        _write(plan, scope.root)
    return plan.changes


def _undo(root: Path) -> None:
    from kefu.cli.output import say
    from kefu.project.migration.applying import Changed, undo

    try:
        backup = undo(root)
    except Changed as changed:
        raise ProjectError(
            f"these files were edited since the migration: {changed}; "
            "take what you want from .kefu/backup by hand"
        ) from None
    if backup is None:
        raise ProjectError("there is no migration to undo")
    say(f"The files are as they were before the migration of {backup.name}.")


def _print_lines(plan: Migration, *, will: bool) -> None:
    from kefu.cli.output import counted, say

    for place, text in plan.done:
        say(f"{click.style(str(place), bold=True)}: {text}")
    for place, text in plan.left:
        mark = "" if text.startswith("left out") else "left to you: "
        told = click.style(f"{mark}{text}", fg="yellow")
        click.echo(f"{click.style(str(place), bold=True)}: {told}")
    if plan.is_empty:
        say("Nothing to migrate: the project is of the present format.")
        return
    files = counted(len(plan.changes), "file")
    say(
        click.style(f"{counted(len(plan.done), 'change')} in {files}", bold=True)
        + (" would be made." if will else ".")
    )


def _print_diff(plan: Migration) -> None:
    for change in plan.changes:
        click.echo(change.diff(), nl=False)


def _write(plan: Migration, root: Path) -> None:
    from kefu.cli.output import say
    from kefu.clock import SystemClock
    from kefu.project.migration.applying import apply

    now = datetime.fromtimestamp(SystemClock().now(), tz=UTC).astimezone()
    try:
        backup = apply(plan.changes, root, f"{now:%Y%m%d-%H%M%S}")
    except OSError as error:
        raise ProjectError(
            f"{error.filename or 'a file'} cannot be written: {error.strerror}; nothing was changed"
        ) from None
    say(f"The files as they were are in {backup}; 'kefu data migrate --undo' brings them back.")


def _rehearse(scope: Scope, changes: Sequence[FileChange], find: Find) -> int:
    """Validate what would come out, in a copy of the files."""
    from kefu.project import files
    from kefu.project.migration.rehearsing import rehearsed

    root = scope.root
    config = [scope.config] if scope.config else [root / name for name in files.DEFAULT_CONFIG]
    domain = [scope.domain] if scope.domain else [root / name for name in files.DEFAULT_DOMAINS]
    data = list(scope.data) or [root / name for name in files.DEFAULT_DATA]
    with rehearsed(changes, [*config, *domain, *data], root=root) as copy:
        tried = replace(
            scope,
            config=next((copy.of(path) for path in config if path.exists()), None),
            domain=next((copy.of(path) for path in domain if path.exists()), None),
            data=tuple(map(copy.of, data)),
        )
        problems = [copy.told(problem) for problem in find(tried)]
    return _tell_problems(
        problems,
        some="What 'kefu data validate' would find then:",
        none="The project would be valid.",
    )


def _check(scope: Scope, find: Find) -> int:
    """Validate what came out."""
    return _tell_problems(
        find(scope),
        some="What 'kefu data validate' finds now:",
        none="The project is valid.",
    )


def _problems(scope: Scope, *, allow_missing: bool) -> list[Problem]:
    from kefu.project.load import load_project
    from kefu.training.validation import find_problems

    loaded = load_project(
        scope.root,
        config=scope.config,
        domain=scope.domain,
        data=scope.data or None,
        desk=scope.root / "desk.yml",
    )
    return find_problems(loaded, allow_missing_components=allow_missing)


def _tell_problems(problems: Sequence[Problem], *, some: str, none: str) -> int:
    from kefu.cli.output import fails, print_problems, say

    grave = [problem for problem in problems if problem.severity != "note"]
    if grave:
        say(some)
        print_problems(grave, to_stderr=False)
    else:
        say(click.style(none, fg="green", bold=True))
    return int(fails(problems, fail_on_warnings=False))
