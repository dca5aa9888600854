"""The ``kefu`` command itself: a table of its subcommands."""

from __future__ import annotations

import click

from kefu import __version__
from kefu.cli.group import KefuGroup

__all__ = ["kefu"]

COMMANDS = {
    "init": ("kefu.cli.init:init", "Create a new project with a small working assistant."),
    "train": ("kefu.cli.train:train", "Train a model from the project's files."),
    "run": ("kefu.cli.run:run", "Serve the newest model: chat page, channels, HTTP API."),
    "shell": ("kefu.cli.shell:shell", "Talk to the newest model in the terminal."),
    "interactive": (
        "kefu.cli.interactive:interactive",
        "Talk to the bot, correct it, keep it as training data.",
    ),
    "explain": ("kefu.cli.explain:explain", "Show why a message is understood as it is."),
    "knowledge": (
        "kefu.cli.knowledge:knowledge",
        "Search the articles that answer what no intent covers.",
    ),
    "test": ("kefu.cli.test:test", "Test a model with test stories and NLU examples."),
    "replay": ("kefu.cli.replay:replay", "Answer past conversations anew, on a candidate model."),
    "inbox": ("kefu.cli.inbox:inbox", "Real messages that were not understood, made examples."),
    "staff": ("kefu.cli.staff:staff", "Accounts of agents: invite, list, disable, reset."),
    "export": ("kefu.cli.export:export", "Give past conversations to the event broker."),
    "search": ("kefu.cli.search:search", "The index of the search: how far it is, rebuild it."),
    "model": ("kefu.cli.model:model", "Language models from elsewhere: export to ONNX."),
    "data": ("kefu.cli.data:data", "Check and convert the project's files."),
    "visualize": ("kefu.cli.visualize:visualize", "Stories, rules and forms as a graph page."),
    "schema": ("kefu.cli.schema:schema", "JSON Schemas of the project's files, for editors."),
    "lsp": ("kefu.cli.lsp:lsp", "A language server: completion, rename, problems as you type."),
    "lint": ("kefu.cli.lint:lint", "Find what is untidy in the files, and mend it."),
}


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    epilog="""
        kefu init my-shop && cd my-shop
        kefu train
        kefu shell
        kefu run            # then open http://localhost:5005
        kefu data validate
    """,
)
@click.version_option(__version__, prog_name="kefu", message="%(prog)s %(version)s")
def kefu() -> None:
    """Kefu 客服: train, test and serve conversational bots from Rasa-format projects."""
