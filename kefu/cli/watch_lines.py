"""What the terminal says while files are watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import click

from kefu.cli.output import counted
from kefu.model.record import Reason
from kefu.training.news import NewsKind, WatchNews

__all__ = ["followed_line", "lines_of"]

_ERRORS_SHOWN: Final = 10


def lines_of(news: WatchNews) -> list[str]:
    """Return what the terminal says of a piece of news."""
    return _WORDS[news.kind](news)


def followed_line(file: str, by: Reason) -> str:
    """Return what is said when somebody else has put a model into service."""
    who = {
        "rollback": "rolled back by 'kefu model'",
        "use": "put into service by 'kefu model'",
        "http": "asked for with PUT /model",
        "model server": "from the model server",
    }.get(by, "put into service by another process")
    return f"{click.style('✓ live', fg='green', bold=True)}: {file} ({who})"


def _watching(_news: WatchNews) -> list[str]:
    return [click.style("Watching the project's files: save one to see it live.", dim=True)]


def _working(news: WatchNews) -> list[str]:
    return [click.style(f"✎ {', '.join(news.files)}", dim=True)]


def _live(news: WatchNews) -> list[str]:
    done = click.style("✓ live", fg="green", bold=True)
    text = f"{done} after {news.seconds:.1f} s: {news.model}"
    if news.warnings:
        text += f" ({counted(news.warnings, 'warning')}: 'kefu data validate' lists them)"
    return [text]


def _exact(news: WatchNews) -> list[str]:
    return [click.style(f"✓ trained from scratch as well: {news.model}", dim=True)]


def _unchanged(news: WatchNews) -> list[str]:
    if news.text:
        done = click.style(f"✓ {news.text}", fg="green", bold=True)
        return [f"{done}: {news.model} answers as before"]
    return [click.style("✓ nothing to learn from it", dim=True)] if news.files else []


def _invalid(news: WatchNews) -> list[str]:
    mark = click.style("✗", fg="red", bold=True)
    lines = []
    for problem in news.problems[:_ERRORS_SHOWN]:
        advice = f" — {problem.advice}" if problem.advice else ""
        code = click.style(f" [{problem.code}]", dim=True)
        place = click.style(problem.place, bold=True)
        lines.append(f"{mark} {place}: {problem.message}{advice}{code}")
    hidden = len(news.problems) - len(lines) + news.hidden
    if hidden:
        lines.append(f"  and {counted(hidden, 'error')} more: 'kefu data validate' lists them")
    return [*lines, _still(news)]


def _failed(news: WatchNews) -> list[str]:
    return [f"{click.style('✗ not trained:', fg='red', bold=True)} {news.text}", _still(news)]


def _actions(news: WatchNews) -> list[str]:
    done = click.style("✓ actions loaded anew", fg="green", bold=True)
    return [f"{done}: {', '.join(news.files)}"]


def _actions_failed(news: WatchNews) -> list[str]:
    failed = click.style("✗ actions not loaded:", fg="red", bold=True)
    return [f"{failed} {news.text}", "  The code loaded before goes on working."]


def _restart(news: WatchNews) -> list[str]:
    needed = click.style("↻ restart needed:", fg="yellow", bold=True)
    verb = "is" if len(news.files) == 1 else "are"
    return [f"{needed} {', '.join(news.files)} {verb} read at the start only"]


def _still(news: WatchNews) -> str:
    goes_on = f"{news.model} goes on answering." if news.model else "No model answers."
    return click.style(f"  {goes_on}", dim=True)


_WORDS: Final[Mapping[NewsKind, Callable[[WatchNews], list[str]]]] = {
    "watching": _watching,
    "working": _working,
    "live": _live,
    "exact": _exact,
    "unchanged": _unchanged,
    "invalid": _invalid,
    "failed": _failed,
    "actions": _actions,
    "actions failed": _actions_failed,
    "restart": _restart,
}
