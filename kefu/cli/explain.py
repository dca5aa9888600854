"""``kefu explain``: why a message is understood as it is."""

from __future__ import annotations

from pathlib import Path

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import logging_options, model_option
from kefu.nlu.phrases import LANGUAGES

__all__ = ["explain"]


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu explain 我的快递到哪了
        kefu explain "where is my parcel" --model models/shop.tar.gz
        kefu explain 能退吗 --against faq
        kefu explain 能退吗 --language en
        kefu explain 我要退货 --json
    """,
)
@click.argument("text", nargs=-1, required=True)
@model_option
@click.option(
    "--against", metavar="LABEL",
    help="Intent, answer or sentiment to compare with.  [default: the second best]",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(LANGUAGES),
    help="Language of what is printed.  [default: the project's; of --json: en]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@logging_options
def explain(
    text: tuple[str, ...],
    model: Path,
    against: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Show why a message is understood as it is.

    Of the intent, the answer and the sentiment: which characters, words and patterns speak for it
    rather than for the second best, how likely it is none of all there are, and what its
    confidence rests on. Of the entities: which features say where they begin and end and what
    they are, and what was nearly taken for one.
    """
    from kefu.cli.explaining import show_explanation

    show_explanation(" ".join(text), model, against=against, language=language, as_json=as_json)
