"""``kefu inbox``: real messages that were not well understood, one key away from an example."""

from __future__ import annotations

from typing import Any

import click

from kefu.cli.group import GreedyOption, KefuCommand, KefuGroup
from kefu.cli.options import PATH, endpoints_option, logging_options, model_option
from kefu.evaluation.inbox.terms import SORTS, WHYS

__all__ = ["accept", "dismiss", "inbox", "undo"]

COMMANDS = {
    "accept": ("kefu.cli.inbox:accept", "Make a group an example of an intent."),
    "dismiss": ("kefu.cli.inbox:dismiss", "Take a group out of the inbox."),
    "undo": ("kefu.cli.inbox:undo", "Take a decision back, and what it wrote."),
}


@click.group(
    cls=KefuGroup,
    commands_at=COMMANDS,
    invoke_without_command=True,
    epilog="""
        kefu inbox
        kefu inbox --since 7d --channel wechat --below 0.6
        kefu inbox --why edited discarded --sort newest
        kefu inbox --suggested refund_status --confidence 0.3 0.6
        kefu inbox --list --format json
        kefu inbox accept 3f2a --intent refund_status
    """,
)
@model_option
@endpoints_option
@click.option("--store", metavar="URL", help="Database to read in place of the project's.")
@click.option("--trackers", type=PATH, help="Read a file with trackers, one a line, not the log.")
@click.option(
    "--since", metavar="TIME", help="From then on: 2026-11-01, 2026-11-01T08:00, 7d, 24h."
)
@click.option("--until", metavar="TIME", help="Before then.")
@click.option(
    "--channel", cls=GreedyOption, metavar="NAME...", help="Only messages from these channels."
)
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    metavar="CONFIDENCE",
    help="Below this the bot was unsure.  [default: below what it answers from]",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1),
    nargs=2,
    metavar="FROM TO",
    help="Only messages of a confidence from the one to the other.",
)
@click.option(
    "--why",
    cls=GreedyOption,
    type=click.Choice(WHYS),
    metavar="REASON...",
    help=f"Only messages that are there for one of these: {', '.join(WHYS)}.",
)
@click.option(
    "--suggested", cls=GreedyOption, metavar="INTENT...", help="Only groups likely of one of these."
)
@click.option("--text", metavar="PIECE", help="Only groups with this in one of their texts.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default="frequent",
    show_default=True,
    help="Which groups come first.",
)
@click.option(
    "--most", type=click.IntRange(min=1), default=20, show_default=True, help="So many groups."
)
@click.option("--list", "lists", is_flag=True, help="List the groups and ask nothing.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How --list prints them.",
)  # fmt: skip
@logging_options
@click.pass_context
def inbox(ctx: click.Context, /, **values: Any) -> None:
    """Real messages that the bot was unsure of, or that agents put right, as examples.

    They are grouped by likeness, the most frequent first, each with the intents that it is likely
    of. A key makes one an example: it goes into the file of its intent, and nothing else in that
    changes. Phones, order numbers, addresses and e-mails give way to neutral ones before they are
    shown. What was decided is kept in the database, for all trainers.
    """
    if ctx.invoked_subcommand is not None:
        ctx.obj = values
        return
    from kefu.cli.inboxing import list_groups, work_through

    if values["lists"] or values["form"] == "json":
        list_groups(values)
    else:
        work_through(values)


@click.command(
    cls=KefuCommand,
    epilog="""
        kefu inbox accept 3f2a --intent refund_status
        kefu inbox accept 3f2a --intent change_colour --new
        kefu inbox accept 3f2a --intent faq/size --example "这件偏大还是偏小" "尺码偏大吗"
    """,
)
@click.argument("group")
@click.option("--intent", required=True, metavar="NAME", help="Which intent it is of.")
@click.option("--new", "is_new", is_flag=True, help="The intent need not be there yet.")
@click.option("--all", "takes_all", is_flag=True, help="Every text of the group is an example.")
@click.option(
    "--example", cls=GreedyOption, metavar="TEXT...",
    help="Texts, with annotations, in place of the group's most frequent one.",
)  # fmt: skip
@logging_options
@click.pass_context
def accept(ctx: click.Context, /, **values: Any) -> None:
    """Make a group an example of an intent; GROUP is its id, or the beginning of it."""
    from kefu.cli.inboxing import accept_group

    accept_group({**ctx.obj, **values})


@click.command(cls=KefuCommand, epilog="kefu inbox dismiss 3f2a")
@click.argument("group")
@logging_options
@click.pass_context
def dismiss(ctx: click.Context, /, group: str) -> None:
    """Take a group out of the inbox for good; GROUP is its id, or the beginning of it."""
    from kefu.cli.inboxing import dismiss_group

    dismiss_group({**ctx.obj, "group": group})


@click.command(
    cls=KefuCommand,
    positional="--group",
    epilog="""
        kefu inbox undo
        kefu inbox undo 3f2a81c0
    """,
)
@click.option("--group", metavar="ID", help="Which one.  [default: what was decided last]")
@logging_options
@click.pass_context
def undo(ctx: click.Context, /, group: str | None) -> None:
    """Take a decision back, and what it wrote.

    Where the files were changed since, only the examples go: an intent that was new stays
    declared.
    """
    from kefu.cli.inboxing import undo_group

    undo_group({**ctx.obj, "group": group})
