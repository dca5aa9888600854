"""``kefu shell``: talk to a model in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kefu.cli.group import KefuCommand, KefuGroup
from kefu.cli.options import (
    accepted,
    accepted_flags,
    endpoints_option,
    logging_options,
    model_option,
)

__all__ = ["shell", "shell_nlu"]

COMMANDS = {"nlu": ("kefu.cli.shell:shell_nlu", "Show how messages are understood, as JSON.")}

SERVER_OPTIONS = (
    "--port/-p", "--interface/-i", "--cors", "--auth-token/-t", "--jwt-secret", "--jwt-method",
    "--credentials", "--connector", "--response-timeout", "--request-timeout", "--remote-storage",
    "--log-file", "--syslog-address", "--syslog-port", "--syslog-protocol", "--ssl-certificate",
    "--ssl-keyfile", "--ssl-ca-file", "--ssl-password",
)  # fmt: skip
"""``rasa shell`` takes what ``rasa run`` takes; a shell of Kefu's serves nobody."""


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    positional="--model",
    epilog="""
        kefu shell
        kefu shell models/shop.tar.gz
        printf '你好\\n查订单\\n' | kefu shell
        kefu shell nlu
    """,
)
@model_option
@endpoints_option
@click.option("--conversation-id", help="Id of the conversation.  [default: a new one]")
@click.option(
    "--details/--no-details", default=None,
    help="Show of each message how it was understood and which lines of the project's files "
    "decided the answer.  [default: on a terminal]",
)  # fmt: skip
@accepted(*SERVER_OPTIONS)
@accepted_flags("--enable-api", "--use-syslog")
@logging_options
@click.pass_context
def shell(ctx: click.Context, /, **values: Any) -> None:
    """Talk to the newest model in the terminal.

    The conversation is kept in memory only. A number chooses one of the buttons shown last;
    /stop or Ctrl-D ends the conversation, /restart begins anew, /details shows or hides how a
    message was understood and what decided the answer. What was typed comes back with the arrow
    keys, also from earlier conversations.
    """
    if ctx.invoked_subcommand is None:
        from kefu.cli.conversation import talk

        talk(**values)


@click.command(
    cls=KefuCommand,
    positional="--model",
    epilog="""
        kefu shell nlu
        echo '我要退货' | kefu shell nlu
    """,
)
@model_option
@logging_options
def shell_nlu(model: Path) -> None:
    """Show how messages are understood, as JSON."""
    from kefu.cli.conversation import show_understanding

    show_understanding(model)
