"""Options that several commands share, named as Rasa names them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from kefu.cli.group import GreedyOption

__all__ = [
    "PATH",
    "accepted",
    "accepted_flags",
    "allow_missing_option",
    "config_option",
    "data_option",
    "domain_option",
    "endpoints_option",
    "logging_options",
    "model_option",
    "nlu_option",
    "out_option",
    "stories_option",
]

Function = TypeVar("Function", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)

config_option = click.option(
    "-c", "--config", type=PATH,
    help="Pipeline and policies of the bot.  [default: config.yml]",
)  # fmt: skip
domain_option = click.option(
    "-d", "--domain", type=PATH,
    help="A YAML file, or a folder whose files are merged.  [default: domain.yml or domain/]",
)  # fmt: skip
data_option = click.option(
    "--data", cls=GreedyOption, type=PATH, metavar="PATH...",
    help="Files and folders with training data.  [default: data]",
)  # fmt: skip
nlu_option = click.option(
    "-u", "--nlu", type=PATH, help="File or folder with NLU data.  [default: data]",
)  # fmt: skip
stories_option = click.option(
    "-s", "--stories", type=PATH, help="File or folder with stories and rules.  [default: data]",
)  # fmt: skip
endpoints_option = click.option(
    "--endpoints", type=PATH, default="endpoints.yml", show_default=True,
    help="Action server, database and other services.",
)  # fmt: skip
model_option = click.option(
    "-m", "--model", type=PATH, default="models", show_default=True,
    help="A model, or a folder whose newest model is taken.",
)  # fmt: skip
allow_missing_option = click.option(
    "--allow-missing-components", is_flag=True,
    help="Replace components that need a download or private code, instead of stopping.",
)  # fmt: skip


def out_option(default: str, text: str) -> Callable[[Function], Function]:
    """Return the ``--out`` option."""
    return click.option("--out", type=PATH, default=default, show_default=True, help=text)


def accepted(*names: str) -> Callable[[Function], Function]:
    """Accept options of Rasa's that have no meaning here, so that scripts go on working."""

    def decorate(function: Function) -> Function:
        for name in names:
            function = click.option(*name.split("/"), hidden=True, expose_value=False)(function)
        return function

    return decorate


def accepted_flags(*names: str) -> Callable[[Function], Function]:
    """Accept such options that take no value."""

    def decorate(function: Function) -> Function:
        for name in names:
            function = click.option(name, is_flag=True, hidden=True, expose_value=False)(function)
        return function

    return decorate


def logging_options(function: Function) -> Function:
    """Add ``--verbose``, ``--debug`` and ``--quiet``, and set logging up before the command."""

    @click.option("-v", "--verbose", is_flag=True, help="Log what happens.")
    @click.option("-vv", "--debug", is_flag=True, help="Log everything, and show tracebacks.")
    @click.option("--quiet", is_flag=True, help="Print only what went wrong.")
    @wraps(function)
    def logged(*args: Any, verbose: bool, debug: bool, quiet: bool, **kwargs: Any) -> Any:
        from kefu.logs import set_up_logging

        if debug or verbose:
            set_up_logging("DEBUG" if debug else "INFO")
        else:
            set_up_logging("ERROR" if quiet else "WARNING")
        click.get_current_context().meta["kefu.quiet"] = quiet
        return function(*args, **kwargs)

    return logged  # type: ignore[return-value]
