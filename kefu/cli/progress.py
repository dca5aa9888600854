"""Progress bars: on a terminal only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kefu.cli.output import is_quiet, is_terminal

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """Show how far something is while it goes on, where standard output is a terminal.

    Args:
        length: Number of steps.
        label: What goes on.

    Yields:
        A function that takes how many steps have been done.
    """
    if not is_terminal() or is_quiet():
        yield lambda _: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    times = (TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, transient=True) as bars:
        task = bars.add_task(label, total=length)
        yield lambda steps: bars.advance(task, steps)
