"""Questions to a trainer: on a terminal, or answered by the lines of a pipe."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches

import click

from kefu.cli.input_lines import read_line

__all__ = ["Ended", "ask", "choice_of", "offer"]

SHOWN = 8


class Ended(Exception):
    """Raised when there is nobody left to answer."""


def ask(prompt: str) -> str:
    """Ask and return the answer; without a terminal both are printed, to be read later.

    Raises:
        Ended: The input is at its end.
    """
    question = click.style(prompt, fg="cyan")
    line = read_line(f"{question} ")
    if line is None:
        raise Ended
    if not sys.stdin.isatty():
        click.echo(f"{prompt} {line}".rstrip())
    return line


def offer(likely: Sequence[tuple[str, float]], others: Sequence[str], question: str = "?") -> None:
    """Print what there is to choose from.

    Args:
        likely: With their confidence; a number chooses one.
        others: The remaining names.
        question: ``?``, or ``?`` and a piece of the names that are wanted.
    """
    for number, (name, confidence) in enumerate(likely, 1):
        click.echo(f"    {number}  {name} {confidence:.2f}")
    piece = question.removeprefix("?").strip()
    found = ", ".join(name for name in others if piece in name) or "none"
    width = shutil.get_terminal_size().columns - 1
    margin = " " * 12
    click.echo(
        textwrap.fill(found, width, initial_indent="    others: ", subsequent_indent=margin,
                      break_long_words=False, break_on_hyphens=False)
    )  # fmt: skip


def choice_of(answer: str, names: Sequence[str], offered: Sequence[str]) -> str | None:
    """Return the name that an answer means, None when it is not clear which one.

    Args:
        answer: A number of those offered, a name, or a piece of exactly one name.
        names: All that may be chosen.
        offered: Those that were shown with a number, from 1.
    """
    if answer.isdecimal() and 0 < int(answer) <= len(offered):
        return offered[int(answer) - 1]
    if answer in names:
        return answer
    containing = [name for name in names if answer in name]
    if len(containing) == 1:
        return containing[0]
    likely = containing or get_close_matches(answer, names, n=SHOWN)
    if likely:
        shown = ", ".join(likely[:SHOWN])
        click.echo(f"  {answer!r} is none of them; did you mean: {shown}?")
    else:
        click.echo(f"  There is no {answer!r}.")
    return None
