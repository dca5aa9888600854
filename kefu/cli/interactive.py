"""``kefu interactive``: talk to the bot, put right what it gets wrong, keep it as training data."""

from __future__ import annotations

from typing import Any

import click
from click.core import ParameterSource

from kefu.cli.group import KefuCommand
from kefu.cli.options import (
    PATH,
    config_option,
    data_option,
    domain_option,
    endpoints_option,
    logging_options,
)

__all__ = ["interactive"]


@click.command(
    cls=KefuCommand,
    positional="--model",
    epilog="""
        kefu interactive
        kefu interactive models/shop.tar.gz
        kefu interactive --conversation-id returns
    """,
)
@click.option(
    "-m", "--model", type=PATH, default="models",
    help="A model to begin with, or a folder whose newest model is taken.  "
    "[default: what the files say now]",
)  # fmt: skip
@config_option
@domain_option
@data_option
@endpoints_option
@click.option("--conversation-id", help="Name of the conversation and of what is saved of it.")
@click.option("--skip-visualization", is_flag=True, help="Taken for Rasa's sake: none is shown.")
@logging_options
def interactive(**values: Any) -> None:
    """Talk to the bot, correct it, and keep what it should have done.

    Of each message it is shown how it was understood, and of each action which rule or story is
    behind it; Enter says that it is right. Another intent, other entities or another action, and
    the bot goes on from there. A corrected message becomes an example of its intent at once, and
    the bot has learned it before its next answer; /save makes a story, a rule or a test of the
    conversation. All goes into the files of the project where it belongs, and nothing else in
    them changes; /undo takes back the last turn with all that it wrote. /help tells the rest.
    """
    from kefu.cli.rehearsing import rehearse

    values.pop("skip_visualization")
    source = click.get_current_context().get_parameter_source("model")
    if source is ParameterSource.DEFAULT:
        values["model"] = None
    rehearse(**values)
