"""``kefu knowledge``: the articles that answer what no intent covers."""

from __future__ import annotations

from pathlib import Path

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import logging_options, model_option
from kefu.nlu.phrases import LANGUAGES

__all__ = ["knowledge", "search_articles"]

COMMANDS = {
    "search": ("kefu.cli.knowledge:search_articles", "Show what is found, and why."),
}


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu knowledge search 买多少包邮
        kefu knowledge search "do you ship abroad" --json
    """,
)
def knowledge() -> None:
    """Search the articles of a model."""


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu knowledge search 买多少包邮
        kefu knowledge search 邮费怎么算 --top 5
        kefu knowledge search 双十一有什么活动 --day 2026-11-01
        kefu knowledge search 买多少包邮 --language en
        kefu knowledge search 买多少包邮 --json
    """,
)
@click.argument("text", nargs=-1, required=True)
@model_option
@click.option(
    "--top", type=click.IntRange(1, 12), default=3, show_default=True, help="So many passages."
)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
    help="What would be answered on a day such as 2026-01-31.  [default: today]",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(LANGUAGES),
    help="Language of what is printed.  [default: the project's]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@logging_options
def search_articles(
    text: tuple[str, ...],
    model: Path,
    top: int,
    day: object,
    language: str | None,
    as_json: bool,
) -> None:
    """Search the articles and show why the answer was chosen.

    Of each passage: which characters, pairs of characters, words and synonyms of the question it
    has and what they add, how the re-rank scores it. Of the first: which sentences are said, and
    what the confidence rests on.
    """
    from datetime import datetime

    from kefu.cli.knowledge_lines import show_search

    chosen = day.date().isoformat() if isinstance(day, datetime) else None
    show_search(" ".join(text), model, count=top, day=chosen, language=language, as_json=as_json)
