"""What commands print: problems, tables and counts; plain where the output is not a terminal."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence

import click

from kefu.errors import ProjectError
from kefu.project.problems import Problem

__all__ = [
    "counted",
    "fails",
    "is_quiet",
    "is_terminal",
    "print_problems",
    "print_table",
    "say",
    "stop_on_errors",
    "width",
]

_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def is_quiet() -> bool:
    """Whether the running command was called with ``--quiet``."""
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get("kefu.quiet"))


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def say(text: str = "") -> None:
    """Print a line, unless ``--quiet`` was given."""
    if not is_quiet():
        click.echo(text)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 error``, ``2 errors``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def fails(problems: Iterable[Problem], *, fail_on_warnings: bool) -> bool:
    """Whether ``problems`` stop a command: errors always, warnings where that was asked for."""
    grave = {"error", "warning"} if fail_on_warnings else {"error"}
    return any(problem.severity in grave for problem in problems)


def print_problems(
    problems: Sequence[Problem], *, to_stderr: bool = True, at_most: int | None = None
) -> None:
    """Print problems, the gravest first, and a line that counts them.

    Args:
        problems: What was found.
        to_stderr: False where the problems are the very result of the command.
        at_most: How many warnings are shown besides the errors, which always are; the others,
            and notes, are counted only. None: everything is shown.
    """
    if is_quiet():
        problems = [problem for problem in problems if problem.severity == "error"]
    if not problems:
        return
    groups = {
        severity: [problem for problem in problems if problem.severity == severity]
        for severity in _COLOURS
    }
    hidden = 0
    for severity, group in groups.items():
        shown = group
        if at_most is not None and severity != "error":
            shown = group[:at_most] if severity == "warning" else []
        hidden += len(group) - len(shown)
        for problem in shown:
            click.echo(_line(problem), err=to_stderr)
            for place in problem.related:
                click.echo(click.style(f"    see also {place}", dim=True), err=to_stderr)
    counts = ", ".join(
        counted(len(group), severity)
        for severity, group in groups.items()
        if group or severity != "note"
    )
    more = f" ({hidden} not shown: 'kefu data validate' lists them all)" if hidden else ""
    click.echo(click.style(counts + more, bold=True), err=to_stderr)


def stop_on_errors(problems: Sequence[Problem]) -> None:
    """Print the errors among problems and raise ProjectError where there is any."""
    print_problems([problem for problem in problems if problem.severity == "error"])
    if fails(problems, fail_on_warnings=False):
        raise ProjectError("the files above have to be put right first")


def _line(problem: Problem) -> str:
    mark = click.style(f"{problem.severity}:", fg=_COLOURS[problem.severity], bold=True)
    code = click.style(f"[{problem.code}]", dim=True)
    place = click.style(str(problem.place), bold=True)
    advice = f" — {problem.advice}" if problem.advice else ""
    return f"{place}: {mark} {problem.message}{advice} {code}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table: framed in a terminal that is wide enough, aligned columns elsewhere."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(columns, *rows, strict=True)]
    if is_terminal():
        room = shutil.get_terminal_size().columns
        framed, plain = sum(widths) + 3 * len(widths) + 1, sum(widths) + 2 * len(widths) - 2
        if framed <= room or plain > room:
            _print_framed(columns, rows, title)
            return
    if title:
        click.echo(click.style(title, italic=True))
    for is_head, row in ((True, columns), *((False, row) for row in rows)):
        cells = (cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True))
        line = "  ".join(cells).rstrip()
        click.echo(click.style(line, bold=True) if is_head else line)


def _print_framed(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> None:
    from rich.box import ROUNDED
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, box=ROUNDED, title_justify="left", border_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text.from_ansi, row))
    Console().print(table)


def width(text: str) -> int:
    """Return how many columns ``text`` takes in a terminal; Chinese characters take two."""
    shown = click.unstyle(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown)
