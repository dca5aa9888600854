"""``kefu interactive``: talk to the bot, put right what it gets wrong, keep it as training data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import (
    PATH,
    accepted,
    accepted_flags,
    config_option,
    data_option,
    domain_option,
    endpoints_option,
    logging_options,
    stories_option,
)

__all__ = ["interactive", "interactive_core"]

Function = TypeVar("Function", bound=Callable[..., Any])
COMMANDS = {
    "core": (
        "kefu.cli.interactive:interactive_core",
        "Without NLU: messages are written as intents.",
    )
}
model_option = click.option(
    "-m", "--model", type=PATH, default="models",
    help="A model to begin with, or a folder whose newest model is taken.  "
    "[default: what the files say now]",
)  # fmt: skip


def conversation_options(function: Function) -> Function:
    """Add the options about the conversation, and those of Rasa's that mean nothing here."""
    for option in (
        accepted("--port/-p", "--out", "--augmentation", "--epoch-fraction"),
        accepted_flags("--debug-plots", "--force", "--persist-nlu-data"),
        click.option("--finetune", is_flag=False, flag_value="", hidden=True, expose_value=False),
        click.option("--skip-visualization", is_flag=True, expose_value=False,
                     help="Taken for Rasa's sake: none is shown."),
        click.option("--e2e", "end_to_end", is_flag=True,
                     help="Save stories with the words of the customer, which become examples."),
        click.option("--conversation-id",
                     help="Name of the conversation and of what is saved of it."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    positional="--model",
    epilog="""
        kefu interactive
        kefu interactive models/shop.tar.gz
        kefu interactive --conversation-id returns
        kefu interactive --e2e
        kefu interactive core
    """,
)
@model_option
@config_option
@domain_option
@data_option
@endpoints_option
@conversation_options
@logging_options
@click.pass_context
def interactive(ctx: click.Context, /, **values: Any) -> None:
    """Talk to the bot, correct it, and keep what it should have done.

    Of each message it is shown how it was understood, and of each action which rule or story is
    behind it; Enter says that it is right. Another intent, other entities or another action, and
    the bot goes on from there. A corrected message becomes an example of its intent at once, and
    the bot has learned it before its next answer; /save makes a story, a rule or a test of the
    conversation. All goes into the files of the project where it belongs, and nothing else in
    them changes; /undo takes back the last turn with all that it wrote. /help tells the rest.
    """
    if ctx.invoked_subcommand is None:
        _rehearse(ctx, values)


@click.command(
    cls=KefuCommand,
    positional="--model",
    epilog="""
        kefu interactive core
        kefu interactive core --stories data/stories --conversation-id returns
    """,
)
@model_option
@config_option
@domain_option
@stories_option
@endpoints_option
@conversation_options
@logging_options
@click.pass_context
def interactive_core(ctx: click.Context, /, **values: Any) -> None:
    """Teach the bot what to do next, without NLU: messages are written as intents.

    /order or /order{"item": "tea"} is what the customer means; of any other message you are asked
    which intent it is. Only stories, rules and the domain are trained and written.
    """
    stories = values.pop("stories")
    _rehearse(ctx, {**values, "data": (stories,) if stories else ()}, core=True)


def _rehearse(ctx: click.Context, values: dict[str, Any], *, core: bool = False) -> None:
    from kefu.cli.rehearsing import rehearse
    from kefu.training.session import ProjectFiles

    files = ProjectFiles(
        domain=values["domain"], config=values["config"], data=values["data"] or None
    )
    is_default = ctx.get_parameter_source("model") is ParameterSource.DEFAULT
    rehearse(
        files,
        model=None if is_default else values["model"],
        endpoints=values["endpoints"],
        conversation_id=values["conversation_id"],
        core=core,
        end_to_end=values["end_to_end"],
    )
