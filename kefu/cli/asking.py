"""Questions to a trainer: on a terminal, or answered by the lines of a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches

import click

from kefu.cli.input_lines import read_line

__all__ = ["Ended", "ask", "choice_of"]

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
