"""``kefu run``: serve the newest model; ``kefu run actions``: serve the project's actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kefu.cli.group import GreedyOption, KefuCommand, KefuGroup
from kefu.cli.options import endpoints_option, logging_options, model_option

__all__ = ["run", "run_actions"]

DEFAULT_PORT = 5005
ACTIONS_PORT = 5055
PATH = click.Path(path_type=Path)
COMMANDS = {"actions": ("kefu.cli.run:run_actions", "Serve the project's custom actions.")}


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    positional="--model",
    epilog="""
        kefu run
        kefu run --port 8080 --enable-api --auth-token "$TOKEN"
        kefu run --enable-api --jwt-secret "$SECRET"
        kefu run models/shop.tar.gz --cors "*"
        kefu run --watch
        kefu run --workers 4
        kefu run --demo
        kefu run actions
    """,
)
@model_option
@endpoints_option
@click.option("--credentials", type=PATH, default="credentials.yml", show_default=True,
              help="Channels and their settings.")  # fmt: skip
@click.option("--connector", help="Serve only this channel, whatever --credentials says.")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT,
              show_default=True, help="Port; 0 lets the system choose one.")  # fmt: skip
@click.option("-i", "--interface", help="Address to listen on.")
@click.option("--enable-api", is_flag=True, help="Serve the HTTP API, not the channels alone.")
@click.option("-t", "--auth-token", envvar="AUTH_TOKEN",
              help="What callers of the HTTP API must show.")  # fmt: skip
@click.option("--jwt-secret", metavar="KEY", envvar="JWT_SECRET",
              help="Secret or public key of tokens that say who calls the HTTP API.")  # fmt: skip
@click.option("--jwt-method", metavar="ALGORITHM", envvar="JWT_METHOD", default="HS256",
              show_default=True, help="How these tokens are signed.")  # fmt: skip
@click.option("--jwt-private-key", envvar="JWT_PRIVATE_KEY", expose_value=False,
              help="Not needed: Kefu makes no tokens.")  # fmt: skip
@click.option("--cors", cls=GreedyOption, metavar="ORIGIN...",
              help="Origins whose pages may call the server; * for all.")  # fmt: skip
@click.option("--response-timeout", type=click.FloatRange(min=1), default=3600.0,
              help="Seconds after which a request is given up.")  # fmt: skip
@click.option("--request-timeout", type=float, hidden=True, expose_value=False)
@click.option("--ssl-certificate", type=PATH, help="Certificate for HTTPS.")
@click.option("--ssl-keyfile", type=PATH, help="Key of the certificate.")
@click.option("--ssl-ca-file", type=PATH, help="Certificate authority to trust.")
@click.option("--ssl-password", help="Password of the key.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True,
              help="Processes that serve together; one that dies is replaced.")  # fmt: skip
@click.option("--remote-storage", metavar="NAME",
              help="Fetch the model from there first: aws, any store that speaks S3.")  # fmt: skip
@click.option("--watch", is_flag=True,
              help="Train what is saved, and answer with it: for development.")  # fmt: skip
@click.option("--demo", is_flag=True,
              help="Open demo agents with new passwords, for this machine only.")  # fmt: skip
@click.option("--demo-anywhere", is_flag=True,
              help="Let others reach the demo agents as well.")  # fmt: skip
@click.option("--log-file", type=PATH, help="Write the log to this file as well.")
@logging_options
@click.pass_context
def run(ctx: click.Context, /, **values: Any) -> None:
    """Serve the newest model: the chat page, the channels and, if enabled, the HTTP API.

    Ctrl-C or SIGTERM ends it; turns under way are finished first. A model that 'kefu model' has put
    into service answers until a later one is trained. With --watch the project's files are trained
    as they are saved; what does not validate is shown here and on the chat page, and the last good
    model goes on answering.
    """
    if ctx.invoked_subcommand is None:
        from kefu.cli.run_options import RunOptions

        values["cors"] = tuple(values["cors"])
        options = RunOptions(**values)
        if options.workers > 1:
            from kefu.cli.supervisor import supervise

            supervise(options)
        else:
            from kefu.cli.serving import serve_until_stopped

            serve_until_stopped(options)


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu run actions
        kefu run actions --actions my_actions --port 5056
    """,
)
@click.option("--actions", default="actions", show_default=True,
              help="Module or package with rasa-sdk actions.")  # fmt: skip
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=ACTIONS_PORT,
              show_default=True, help="Port of the server.")  # fmt: skip
@click.option("--cors", cls=GreedyOption, metavar="ORIGIN...", help="Origins that may call it.")
@click.option("--auto-reload", is_flag=True, help="Load the actions again when a file changes.")
@click.option("--ssl-certificate", type=PATH, help="Certificate for HTTPS.")
@click.option("--ssl-keyfile", type=PATH, help="Key of the certificate.")
@click.option("--ssl-password", help="Password of the key.")
@logging_options
def run_actions(**values: Any) -> None:
    """Serve the project's custom actions with rasa-sdk's own server.

    Only needed to run actions in another process: by default the bot runs them inside its own.
    """
    from kefu.cli.action_server import serve_actions

    serve_actions(**values)
