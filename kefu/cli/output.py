"""What commands print: problems, tables and counts; plain where the output is not a terminal."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence

import click

from kefu.project.problems import Problem

__all__ = ["counted", "is_quiet", "is_terminal", "print_problems", "print_table", "say", "width"]

_COLOURS = {"error": "red", "warning": "yellow"}


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


def print_problems(
    problems: Sequence[Problem], *, to_stderr: bool = True, at_most: int | None = None
) -> None:
    """Print problems, errors first, and a line that counts them.

    Args:
        problems: What was found.
        to_stderr: False where the problems are the very result of the command.
        at_most: Warnings shown; the others are only counted. Errors are always shown.
    """
    errors = [problem for problem in problems if problem.severity == "error"]
    warnings = [problem for problem in problems if problem.severity == "warning"]
    shown = warnings if at_most is None else warnings[:at_most]
    for problem in (*errors, *shown):
        click.echo(_line(problem), err=to_stderr)
        for place in problem.related:
            click.echo(click.style(f"    see also {place}", dim=True), err=to_stderr)
    if not problems:
        return
    counts = f"{counted(len(errors), 'error')}, {counted(len(warnings), 'warning')}"
    if len(shown) < len(warnings):
        counts += f" ({len(warnings) - len(shown)} not shown: 'kefu data validate' lists them all)"
    click.echo(click.style(counts, bold=True), err=to_stderr)


def _line(problem: Problem) -> str:
    mark = click.style(f"{problem.severity}:", fg=_COLOURS[problem.severity], bold=True)
    code = click.style(f"[{problem.code}]", dim=True)
    place = click.style(str(problem.place), bold=True)
    advice = f" — {problem.advice}" if problem.advice else ""
    return f"{place}: {mark} {problem.message}{advice} {code}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table: framed in a terminal, aligned columns elsewhere."""
    rows = [[str(cell) for cell in row] for row in rows]
    if is_terminal():
        _print_framed(columns, rows, title)
        return
    if title:
        click.echo(title)
    widths = [max(map(width, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = (cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


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
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
