"""Lines that somebody types, or that come through a pipe."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import click

__all__ = ["STOP", "input_lines", "read_line", "remembered"]

STOP: Final = "/stop"
HISTORY: Final = Path("var", "shell_history")
_COLOUR: Final = re.compile("\x1b\\[[0-9;]*m")
LONGEST: Final = 1000
"""So many lines are remembered."""


def input_lines(prompt: str = "> ") -> Iterator[str]:
    """Yield lines that have something in them until ``/stop`` or the end of the input."""
    with remembered():
        while True:
            line = read_line(prompt)
            if line is None or line == STOP:
                return
            if line:
                yield line


def read_line(prompt: str) -> str | None:
    """Return one line without spaces around it, None at the end of the input.

    Without a terminal nothing is prompted.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip() if line else None
    if "readline" in sys.modules:  # which has to know what takes no room on the line
        prompt = _COLOUR.sub(r"\001\g<0>\002", prompt)
    try:
        return input(prompt).strip()
    except EOFError:
        click.echo()
        return None


@contextmanager
def remembered(file: Path = HISTORY) -> Iterator[None]:
    """Let the arrow keys bring back what was typed before, in earlier conversations, too."""
    if not sys.stdin.isatty():
        yield
        return
    try:
        import readline
    except ImportError:  # where Python was built without it
        yield
        return
    readline.set_history_length(LONGEST)
    with suppress(OSError):
        readline.read_history_file(file)
    try:
        yield
    finally:
        with suppress(OSError):
            file.parent.mkdir(exist_ok=True)
            readline.write_history_file(file)
